import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { storable } from './storable.js';

describe('what the database cannot hold', () => {
  it('is replaced, wherever it stands', () => {
    expect(storable({ 'a\u0000b': ['\u0000\u0000', '\ud800', 'x\udfff\ud800'] })).toEqual({
      'a\ufffdb': ['\ufffd\ufffd', '\ufffd', 'x\ufffd\ufffd'],
    });
  });

  it('is not confused with text that looks like it', () => {
    const value = { text: '\\u0000 \\\\ud800 \\', pair: '\ud83d\ude00' };
    expect(storable(value)).toBe(value);
  });

  it('is never left', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('\u0000', '\ud800', '\udc00', '\\', 'u0000', '"', 'x')), (parts) => {
        const text = storable([parts.join('')])[0] ?? '';
        expect(() => encodeURIComponent(text)).not.toThrow();
        expect(text).not.toContain('\u0000');
      }),
    );
  });
});
