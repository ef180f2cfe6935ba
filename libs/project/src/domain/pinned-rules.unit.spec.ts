import { type DesiredRule } from '#core/desired';
import { grantKey, type SourceGrant } from '#core/source-set';
import { desiredRule, destination } from '#testing/builders';
import { describe, expect, it } from 'vitest';
import { ruleKey } from './last-good.js';
import { type PinnedState } from './pinned-forms.js';
import { pinnedRules } from './pinned-rules.js';

const [bank, mail] = [destination({ externalService: 'bank' }), destination({ externalService: 'mail' })];
const { prefixes: _, ...form } = desiredRule({ destinations: [bank, mail] });
const grant = (prefix: string): SourceGrant => ({ prefix, routeDomain: 0, namespace: 'default', pod: null });
const state = (overrides: Partial<PinnedState> = {}): PinnedState => ({
  rule: form,
  sourcesAt: 3,
  standing: ['bank', 'mail'],
  grants: new Map([grant('10.1.0.1')].map((each) => [grantKey(each), each])),
  ...overrides,
});

function pinned(states: readonly PinnedState[], desired: readonly DesiredRule[], others: readonly string[] = []) {
  const present = new Set([...desired.map(({ uid }) => uid), ...others]);
  return pinnedRules(states, {
    desired: new Map(desired.map((rule) => [ruleKey(rule), rule])),
    exists: ({ uid }) => present.has(uid),
  });
}

describe('what a pinned tenant is to hold', () => {
  it('is the earlier form, for those whom it selects now', () => {
    const now = desiredRule({ priority: 1, destinations: [bank, mail], prefixes: ['10.1.0.9'] });
    expect(pinned([state()], [now])).toEqual([{ ...form, prefixes: ['10.1.0.1'], sourcesAt: 3 }]);
  });

  it('is the rule itself where it is the same', () => {
    const now = desiredRule({ destinations: [bank, mail], prefixes: ['10.1.0.1'] });
    expect(pinned([state()], [now])).toEqual([now]);
  });

  it('has what was deleted before it was pinned', () => {
    expect(pinned([state({ standing: null })], [])).toEqual([{ ...form, prefixes: ['10.1.0.1'], sourcesAt: 3 }]);
  });

  it('promise 2: lacks a permission that was deleted since, and keeps a denial', () => {
    expect(pinned([state()], [])).toEqual([]);
    const denial = state({ rule: { ...form, action: 'drop' } });
    expect(pinned([denial], [])).toMatchObject([{ action: 'drop', prefixes: ['10.1.0.1'] }]);
  });

  it('promise 2: lacks the external service that a permission lost since, and no other', () => {
    const now = desiredRule({ destinations: [bank], prefixes: ['10.1.0.1'] });
    expect(pinned([state()], [now])).toMatchObject([{ destinations: [bank] }]);
    expect(pinned([state({ standing: ['bank'] })], [now])).toMatchObject([{ destinations: [bank, mail] }]);
  });

  it('is not touched by a rule that is there and not understood any more', () => {
    expect(pinned([state()], [], [form.uid])).toMatchObject([{ destinations: [bank, mail] }]);
  });

  it('is for everyone where the earlier form was', () => {
    expect(
      pinned([state({ rule: { ...form, source: { type: 'everyone' } }, grants: null })], [], [form.uid]),
    ).toMatchObject([{ prefixes: null }]);
  });
});
