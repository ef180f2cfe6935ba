import { describe, expect, test } from 'vitest';
import { parsePosition, parsePositionOrTime, parseTime } from './arguments.js';

describe('a time', () => {
  test.each([
    ['2026-03-01', '2026-03-01T00:00:00.000Z'],
    ['2026-03-01 12:00:00Z', '2026-03-01T12:00:00.000Z'],
    ['2026-03-01T01:00+02:00', '2026-02-28T23:00:00.000Z'],
    ['2028-02-29', '2028-02-29T00:00:00.000Z'],
  ])('%s', (text, meant) => {
    expect(parseTime(text).toISOString()).toBe(meant);
  });

  test.each([
    'yesterday',
    '',
    '2026-02-30',
    '2026-02-29 12:00:00Z',
    '2026-13-01',
    '2026-03-01T12:00:00',
    '2026-03-01T25:00Z',
  ])('not %j', (text) => {
    expect(() => parseTime(text)).toThrow('A time is written like 2026-03-01T12:00:00Z');
  });
});

describe('a position', () => {
  test('may be one of a log that has been written for years', () => {
    expect(parsePosition('6000000000')).toBe(6_000_000_000);
    expect(parsePositionOrTime('6000000000')).toBe(6_000_000_000);
    expect(parsePosition('0')).toBe(0);
  });

  test.each(['-1', '1.5', '1e3', '0x10', '', '9007199254740993'])('is not %j', (text) => {
    expect(() => parsePosition(text)).toThrow('It is a whole number from 0 on.');
  });
});
