import { type DesiredRule } from '#core/desired';
import { type RuleKind } from '#core/kinds';
import { addressRange } from '#core/network';
import { compareRules } from '#core/order';
import { type SourceSelector } from '#core/rule';
import { contextOf } from '#compile/tenant-policies';
import { lastGoodRules, ruleKey } from '#project/domain/last-good';
import { desiredRule, destination } from '#testing/builders';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changesBetween, rulesWith, type Unit, unitsOf } from './rule-changes.js';

const service = (namespace: string, name: string): SourceSelector => ({ type: 'service', namespace, service: name });
const at = (...addresses: string[]) => [destination({ addresses })];
const accept = (uid: string, overrides: Partial<DesiredRule> = {}) =>
  desiredRule({ uid, name: uid, action: 'accept', destinations: at('203.0.113.0/24'), ...overrides });
const drop = (uid: string, overrides: Partial<DesiredRule> = {}) =>
  desiredRule({ uid, name: uid, action: 'drop', priority: 1, destinations: at('203.0.113.9'), ...overrides });

const units = (good: readonly DesiredRule[], desired: readonly DesiredRule[]) =>
  unitsOf(changesBetween(good, desired), ({ key }) => key.replace('k8s ', ''));
const requirements = (good: readonly DesiredRule[], desired: readonly DesiredRule[]) =>
  Object.fromEntries(units(good, desired).map(({ id, requires }) => [id, requires]));

describe('which changes require others', () => {
  it('none among permissions', () => {
    expect(requirements([], [accept('a'), accept('b')])).toEqual({ a: [], b: [] });
  });

  it('a permission requires the denial that comes with it and restricts it', () => {
    expect(requirements([], [accept('a'), drop('d')])).toEqual({ d: [], a: ['d'] });
  });

  it.each([
    ['elsewhere', drop('d', { destinations: at('198.51.100.1') })],
    ['in another namespace', drop('d', { source: service('elsewhere', 'shop') })],
    ['behind it', drop('d', { priority: 2000 })],
  ])('not one that denies %s', (_title, denial) => {
    expect(requirements([], [accept('a'), denial])).toEqual({ d: [], a: [] });
  });

  it('but one behind it in another policy, which judges what the first lets pass', () => {
    const behind = drop('d', { kind: 'ServiceEgressRule', priority: 2000 });
    const permission = accept('a', {
      kind: 'NamespaceEgressRule',
      source: { type: 'namespace', namespace: 'default' },
    });
    expect(requirements([], [permission, behind])).toEqual({ d: [], a: ['d'] });
  });

  it('a denial that goes requires the one that comes in its place', () => {
    expect(requirements([drop('old')], [drop('new')])).toEqual({ new: [], old: ['new'] });
  });

  it('denials that become others, and may meet, go together', () => {
    const [one, other] = [drop('one'), drop('other')];
    const now = [one, other].map((rule) => ({ ...rule, destinations: at('203.0.113.10') }));
    expect(units([one, other], now)).toMatchObject([{ id: 'one + other', requires: [] }]);
  });

  it('names may resolve to anything', () => {
    const named = drop('d', { destinations: [destination({ addresses: [], domainNames: ['example.com'] })] });
    expect(requirements([], [accept('a'), named])).toEqual({ d: [], a: ['d'] });
  });
});

describe('the rules with some of the changes made', () => {
  it('keep the earlier form of a denial, and lack a permission that is refused', () => {
    const good = [accept('a'), drop('d')];
    const desired = [accept('a', { logging: true }), drop('d', { logging: true }), accept('c')];
    const all = units(good, desired);
    const rules = rulesWith(
      { desired, units: all },
      ({ id }) => id === 'c',
      ({ id }) => id !== 'c',
    );
    expect(rules).toEqual([good[1], desired[2]]);
  });

  it('lack a permission in its earlier form where a denial no longer restricts it as it did', () => {
    const good = [accept('a'), drop('d')];
    const desired = [accept('a', { destinations: at('203.0.113.1') }), drop('d', { destinations: at('203.0.113.10') })];
    const rules = rulesWith(
      { desired, units: units(good, desired) },
      ({ id }) => id === 'd',
      () => false,
    );
    expect(rules).toEqual([desired[1]]);
  });
});

describe('promise 1: whatever of the changes is made', () => {
  const sources: SourceSelector[] = [
    { type: 'everyone' },
    { type: 'namespace', namespace: 'a' },
    service('a', 'one'),
    service('a', 'two'),
    service('b', 'one'),
  ];
  const kinds: Record<SourceSelector['type'], RuleKind> = {
    everyone: 'ClusterEgressRule',
    namespaces: 'ClusterEgressRule',
    namespace: 'NamespaceEgressRule',
    service: 'ServiceEgressRule',
    pods: 'PodEgressRule',
  };
  /** Two pods of `a`, one of `b`; the service `two` has both of `a`. */
  const prefixesOf = (source: SourceSelector): readonly string[] | null => {
    if (source.type === 'everyone') return null;
    if (source.type === 'namespace') return ['10.0.0.1', '10.0.0.2'];
    if (source.type === 'service' && source.namespace === 'b') return ['10.0.1.1'];
    return source.type === 'service' && source.service === 'two' ? ['10.0.0.1', '10.0.0.2'] : ['10.0.0.1'];
  };
  const packets = ['10.0.0.1', '10.0.0.2', '10.0.1.1'].flatMap((source) =>
    ['203.0.113.0', '203.0.113.1', '203.0.113.2', '203.0.113.3'].map((target) => ({ source, target })),
  );
  const rule = (uid: string): fc.Arbitrary<DesiredRule> =>
    fc
      .record({
        action: fc.constantFrom('accept' as const, 'drop' as const),
        source: fc.constantFrom(...sources),
        priority: fc.constantFrom(1, 2, 3),
        addresses: fc.subarray(['203.0.113.0', '203.0.113.1', '203.0.113.2/31', '203.0.113.0/30'], { minLength: 1 }),
      })
      .map(({ source, addresses, ...rest }) =>
        desiredRule({
          ...rest,
          uid,
          name: uid,
          source,
          kind: kinds[source.type],
          prefixes: prefixesOf(source),
          destinations: at(...addresses),
        }),
      );
  const state = fc.tuple(
    ...['r0', 'r1', 'r2', 'r3', 'r4'].map((uid) => fc.option(rule(uid), { nil: undefined, freq: 3 })),
  );

  /** As AFM does: in each context the first that matches decides, and the last one denies what nothing matched. */
  function passing(rules: readonly DesiredRule[]): (typeof packets)[number][] {
    const sorted = [...rules].sort(compareRules);
    const contexts = (['global', 'namespace', 'service'] as const).map((context) => ({
      otherwise: context === 'service' ? 'drop' : 'accept',
      rules: sorted.filter(({ kind }) => contextOf(kind) === context),
    }));
    return packets.filter(({ source, target }) =>
      contexts.every(({ rules: inContext, otherwise }) => {
        const first = inContext.find(
          ({ prefixes, destinations }) =>
            (prefixes === null || prefixes.includes(source)) &&
            destinations.some(({ addresses }) => addresses.some((address) => covers(address, target))),
        );
        return (first?.action ?? otherwise) === 'accept';
      }),
    );
  }

  const covered = new Map(
    ['203.0.113.0', '203.0.113.1', '203.0.113.2/31', '203.0.113.0/30'].map((address) => {
      const range = addressRange(address);
      const inside = packets.filter(({ target }) => {
        const point = addressRange(target);
        return range !== null && point !== null && range.first <= point.first && point.last <= range.last;
      });
      return [address, new Set(inside.map(({ target }) => target))];
    }),
  );

  function covers(address: string, target: string): boolean {
    return covered.get(address)?.has(target) ?? false;
  }

  it('nothing passes that passes neither before nor after', () => {
    fc.assert(
      fc.property(
        state,
        state,
        fc.infiniteStream(fc.boolean()),
        fc.infiniteStream(fc.boolean()),
        (old, now, makes, bad) => {
          const desired = now.filter((form) => form !== undefined);
          // Permissions that were deleted are no part of the last good rules (promise 2).
          const good = lastGoodRules({
            good: old.filter((form) => form !== undefined),
            position: 1,
            desired: new Map(desired.map((form) => [ruleKey(form), form])),
            sourcesToday: ({ source }) => prefixesOf(source) ?? [],
          });
          const all = units(good, desired);
          const refused = new Set(all.filter(() => bad.next().value).map(({ id }) => id));
          const made = new Set<string>();
          const mayBeMade = ({ id, requires }: Unit) => !refused.has(id) && requires.every((other) => made.has(other));
          for (const unit of all) if (mayBeMade(unit) && makes.next().value === true) made.add(unit.id);
          const rules = rulesWith(
            { desired, units: all },
            ({ id }) => made.has(id),
            ({ id }) => refused.has(id),
          );
          const allowed = new Set([...passing(good), ...passing(desired)]);
          const opened = passing(rules).filter((packet) => !allowed.has(packet));
          expect(opened).toEqual([]);
        },
      ),
      { numRuns: 1_000 },
    );
  });
});
