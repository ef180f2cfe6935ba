import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type JsonValue } from './json.js';
import { parseSelector, selects } from './selector.js';

function selected(selector: JsonValue, labels: Record<string, string>): boolean {
  const parsed = parseSelector(selector);
  if ('error' in parsed) throw new Error(parsed.error);
  return selects(parsed.selector, labels);
}

describe('a label selector', () => {
  it('selects by equal labels', () => {
    expect(selected({ matchLabels: { app: 'web' } }, { app: 'web', tier: 'front' })).toBe(true);
    expect(selected({ matchLabels: { app: 'web' } }, { app: 'db' })).toBe(false);
    expect(selected({ matchLabels: { app: 'web' } }, {})).toBe(false);
  });

  it('selects everything without requirements, as in Kubernetes', () => {
    expect(selected({}, { any: 'thing' })).toBe(true);
  });

  it.each([
    ['In', ['a', 'b'], true, false, false],
    ['NotIn', ['a', 'b'], false, true, true],
    ['Exists', undefined, true, true, false],
    ['DoesNotExist', undefined, false, false, true],
  ])('knows %s', (operator, values, ofA, ofC, without) => {
    const expression = values === undefined ? { key: 'k', operator } : { key: 'k', operator, values };
    const selector = { matchExpressions: [expression] };
    expect([selected(selector, { k: 'a' }), selected(selector, { k: 'c' }), selected(selector, {})]).toEqual([
      ofA,
      ofC,
      without,
    ]);
  });

  it('wants all of its requirements', () => {
    const selector = { matchLabels: { a: '1' }, matchExpressions: [{ key: 'b', operator: 'Exists' }] };
    expect(selected(selector, { a: '1', b: '' })).toBe(true);
    expect(selected(selector, { a: '1' })).toBe(false);
  });

  it('is not led astray by what every object inherits', () => {
    expect(selected({ matchExpressions: [{ key: 'constructor', operator: 'Exists' }] }, {})).toBe(false);
    expect(selected({ matchExpressions: [{ key: 'toString', operator: 'DoesNotExist' }] }, {})).toBe(true);
  });

  it.each<[string, JsonValue | undefined]>([
    ['nothing', undefined],
    ['null', null],
    ['a text', 'app=web'],
    ['an unknown part', { matchFields: {} }],
    ['labels that are no texts', { matchLabels: { app: 1 } }],
    ['labels that are no object', { matchLabels: ['app'] }],
    ['expressions that are no list', { matchExpressions: {} }],
    ['an expression without a key', { matchExpressions: [{ operator: 'Exists' }] }],
    ['an unknown operator', { matchExpressions: [{ key: 'k', operator: 'Gt', values: ['1'] }] }],
    ['In without values', { matchExpressions: [{ key: 'k', operator: 'In', values: [] }] }],
    ['In with a value that is no text', { matchExpressions: [{ key: 'k', operator: 'In', values: [1] }] }],
    ['Exists with values', { matchExpressions: [{ key: 'k', operator: 'Exists', values: ['a'] }] }],
  ])('promise 1: %s is an error, and never selects more', (_, selector) => {
    expect(parseSelector(selector)).toHaveProperty('error');
  });

  it('is the same whatever order its requirements come in', () => {
    const requirements = fc.uniqueArray(
      fc.record({ key: fc.constantFrom('a', 'b', 'c'), operator: fc.constantFrom('Exists', 'DoesNotExist') }),
      { selector: ({ key, operator }) => key + operator },
    );
    fc.assert(
      fc.property(requirements, (matchExpressions) => {
        const reversed = [...matchExpressions].reverse();
        expect(parseSelector({ matchExpressions: reversed })).toEqual(parseSelector({ matchExpressions }));
      }),
    );
  });
});
