import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arbitraryRule } from '#testing/arbitrary-desired';
import { desiredRule } from '#testing/builders';
import { type DesiredRule } from './desired.js';
import { compareRules, compareTexts } from './order.js';

const rules = arbitraryRule('Common', ['k8s', 'c2']);

describe('the order of rules', () => {
  const first = desiredRule({ name: 'm', kind: 'PodEgressRule' });

  it.each<[string, Partial<DesiredRule>]>([
    ['a higher priority number', { priority: 1001, name: 'a', createdAt: '2020-01-01T00:00:00Z' }],
    ['a later creation', { createdAt: '2026-01-01T00:00:01Z', name: 'a' }],
    ['an unknown creation', { createdAt: null, name: 'a' }],
    ['a later namespace', { namespace: 'e', name: 'a' }],
    ['a later name', { name: 'n' }],
    ['a later kind', { kind: 'ServiceEgressRule' }],
    ['a later cluster', { cluster: 'k9s' }],
  ])('puts %s behind', (_, overrides) => {
    expect(compareRules(first, { ...first, ...overrides })).toBeLessThan(0);
    expect(compareRules({ ...first, ...overrides }, first)).toBeGreaterThan(0);
  });

  it('fault 8: is the same whatever order the rules arrive in', () => {
    const arrivals = fc
      .uniqueArray(rules, { selector: (rule) => `${rule.cluster} ${rule.uid}` })
      .chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })));
    fc.assert(
      fc.property(arrivals, ([all, shuffled]) => {
        expect([...shuffled].sort(compareRules)).toEqual([...all].sort(compareRules));
      }),
    );
  });

  it('is total: antisymmetric and transitive', () => {
    fc.assert(
      fc.property(rules, rules, rules, (a, b, c) => {
        expect(Math.sign(compareRules(a, b))).toBe(-Math.sign(compareRules(b, a)) + 0);
        if (compareRules(a, b) <= 0 && compareRules(b, c) <= 0) expect(compareRules(a, c)).toBeLessThanOrEqual(0);
      }),
    );
  });
});

describe('the order of texts', () => {
  it('is by code unit, whatever the locale', () => {
    expect(['ä', 'b', 'a', 'B', 'a-b', 'a_b'].sort(compareTexts)).toEqual(['B', 'a', 'a-b', 'a_b', 'b', 'ä']);
  });
});
