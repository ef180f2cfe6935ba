import { type DesiredRule } from '#core/desired';
import { desiredRule, destination } from '#testing/builders';
import { describe, expect, it } from 'vitest';
import { earlierFormsMoved, lastGoodRules, ruleKey, withdrawnPrefixes } from './last-good.js';

const good = desiredRule({ prefixes: ['10.1.0.1', '10.1.0.2'] });
const denial = desiredRule({ uid: 'rule-2', action: 'drop', prefixes: ['10.1.0.1', '10.1.0.2'] });
const otherSource = { type: 'service', namespace: 'default', service: 'other' } as const;

function lastGood(goodRules: readonly DesiredRule[], desired: readonly DesiredRule[], live: readonly string[] = []) {
  return lastGoodRules({
    good: goodRules,
    position: 3,
    desired: new Map(desired.map((rule) => [ruleKey(rule), rule])),
    sourcesToday: (rule) => (rule.prefixes ?? []).filter((prefix) => live.includes(prefix)),
  });
}

describe('promise 2: the last good rules', () => {
  it('have the addresses of today where they select the same', () => {
    const now = desiredRule({ priority: 1, prefixes: ['10.1.0.2', '10.1.0.3'] });
    expect(lastGood([good], [now])).toEqual([{ ...good, prefixes: now.prefixes }]);
  });

  it('have the addresses that they select today where they selected something else', () => {
    const now = desiredRule({ source: otherSource, prefixes: ['10.1.0.9'] });
    expect(lastGood([good], [now], ['10.1.0.2'])).toEqual([{ ...good, prefixes: ['10.1.0.2'], sourcesAt: 3 }]);
  });

  it('lack a permission that is gone, and keep a denial', () => {
    expect(lastGood([good, denial], [], ['10.1.0.1'])).toEqual([{ ...denial, prefixes: ['10.1.0.1'], sourcesAt: 3 }]);
  });

  it('remember since when they are not what is desired, because their sources are known up to then', () => {
    const older = { ...denial, sourcesAt: 2 };
    expect(lastGood([older], [], ['10.1.0.1'])).toMatchObject([{ prefixes: ['10.1.0.1'], sourcesAt: 2 }]);
    expect(lastGood([older], [denial])).toEqual([denial]);
  });

  it('lack the external services that a permission no longer has', () => {
    const two = { ...good, destinations: [destination(), destination({ externalService: 'mail' })] };
    expect(lastGood([two], [good])).toEqual([good]);
  });

  it('keep the external services of a denial', () => {
    const now = { ...denial, destinations: [] };
    expect(lastGood([denial], [now])).toEqual([denial]);
  });

  it('never apply to everyone again once a permission applies to some', () => {
    const everyone = desiredRule({ source: { type: 'everyone' }, prefixes: null });
    expect(lastGood([everyone], [good])).toEqual([{ ...everyone, prefixes: good.prefixes }]);
    const deny = { ...everyone, action: 'reject' } as const;
    expect(lastGood([deny], [good])).toEqual([deny]);
  });

  it('take no addresses from a rule that has become a denial: its source set may hold more than is certain', () => {
    const now = desiredRule({ action: 'drop', prefixes: ['10.1.0.1', '10.9.0.0/16'] });
    expect(lastGood([good], [now], ['10.1.0.1'])).toEqual([{ ...good, prefixes: ['10.1.0.1'], sourcesAt: 3 }]);
  });
});

describe('promises 1 and 2: rules that stand in an earlier form', () => {
  const earlier = (prefixes: readonly string[], rule = denial) => ({ ...rule, prefixes, sourcesAt: 3 });

  it('have to be declared again when they apply to others', () => {
    expect(earlierFormsMoved([denial], [earlier(['10.1.0.1'])])).toBe(true);
    expect(earlierFormsMoved([denial], [earlier(denial.prefixes ?? [])])).toBe(false);
  });

  it('are left to the changes of what is desired where they are not there, or not in that form', () => {
    expect(earlierFormsMoved([], [earlier(['10.1.0.1'])])).toBe(false);
    expect(earlierFormsMoved([{ ...denial, source: otherSource }], [earlier(['10.1.0.1'])])).toBe(false);
    expect(earlierFormsMoved([denial], [{ ...denial, prefixes: ['10.1.0.1'] }])).toBe(false);
  });
});

describe('what a version holds and the desired rules lack', () => {
  const withdrawn = (desired: readonly DesiredRule[]) =>
    withdrawnPrefixes([good, denial], new Map(desired.map((rule) => [ruleKey(rule), rule])));

  it('is withdrawn, rule by rule', () => {
    expect(withdrawn([good, denial])).toEqual([]);
    expect(withdrawn([{ ...good, prefixes: ['10.1.0.2'] }, denial])).toEqual(['10.1.0.1']);
    expect(withdrawn([denial])).toEqual(['10.1.0.1', '10.1.0.2']);
  });

  it('is withdrawn when nothing of a rule is declared any more', () => {
    expect(withdrawn([{ ...good, destinations: [] }, denial])).toEqual(['10.1.0.1', '10.1.0.2']);
  });

  it('is nothing where a rule has come to apply to everyone', () => {
    expect(withdrawn([{ ...good, prefixes: null }, denial])).toEqual([]);
  });
});
