import { type MovingRule, type TenantWork } from '#project/ports/desired-state';
import { desiredRule, desiredTenant, tenantWork } from '#testing/builders';
import { describe, expect, it } from 'vitest';
import { agendaOf, isAnyUnfinished, isStale, nextTurn, noTurns, type Turns, without, withTurn } from './turns.js';

/** A tenant whose only rule stands for some prefixes and is to stand for others. */
const work = (name: string, prefixes: string[] = [], held: string[] = [], overrides: Partial<TenantWork> = {}) =>
  tenantWork({
    desired: desiredTenant({ tenant: name, rules: [desiredRule({ uid: `of-${name}`, prefixes })] }),
    current: {
      version: 1,
      digest: '',
      position: 1,
      declaration: {},
      rules: [desiredRule({ uid: `of-${name}`, prefixes: held })],
    },
    ...overrides,
  });
const since = (second: number) => ({ pendingSince: new Date(second * 1_000) });
const names = (tenants: readonly TenantWork[]) => tenants.map(({ desired }) => desired.tenant);
const next = (tenants: readonly TenantWork[], turns: Turns = noTurns) => names(nextTurn(agendaOf(tenants), turns));

describe('the turns of a pass', () => {
  it('go to the tenant with the oldest change, and to each once', () => {
    const [a, b, c] = [work('a', [], [], since(3)), work('b', [], [], since(1)), work('c', [], [], since(2))];
    expect(next([a, b, c])).toEqual(['b']);
    const afterB = withTurn(noTurns, [b], false);
    expect(next([a, b, c], afterB)).toEqual(['c']);
    expect(next([a, b, c], withTurn(withTurn(afterB, [c], false), [a], false))).toEqual([]);
  });

  it('promise 2: go to withdrawals before older changes', () => {
    expect(next([work('a', ['10.0.0.2'], [], since(1)), work('b', [], ['10.0.0.1'], since(2))])).toEqual(['b']);
  });

  it('promise 2: are shared by tenants of which one waits for the other, also when one had its turn', () => {
    const [withdrawing, granting] = [work('a', [], ['10.0.0.1']), work('b', ['10.0.0.1'])];
    expect(next([work('c'), granting, withdrawing])).toEqual(['b', 'a']);
    expect(next([granting, withdrawing], withTurn(noTurns, [withdrawing], false))).toEqual(['b', 'a']);
  });

  it('promise 7: are shared by tenants between which rules pass, and by who waits for what is put back', () => {
    const moved = desiredRule({ uid: 'moved', prefixes: ['10.0.0.7'] });
    const moving: MovingRule[] = [{ to: 'b', rule: moved }];
    const group = [work('a', [], [], { moving }), work('b')];
    expect(next(group)).toEqual(['a', 'b']);
    expect(next([...group, work('c', [], ['10.0.0.7'])]).sort()).toEqual(['a', 'b', 'c']);
  });

  it('promise 1: are shared by Common and a tenant that grants while a denial comes there', () => {
    const denial = desiredRule({ action: 'drop', prefixes: null });
    const common = tenantWork({ desired: desiredTenant({ tenant: 'Common', rules: [denial] }) });
    expect(next([work('a', ['10.0.0.1'], [], since(1)), work('b'), common]).sort()).toEqual(['Common', 'a']);
  });

  it('go on with a tenant that is unfinished after the others had theirs, and meanwhile with who is dirty again', () => {
    const [a, b] = [work('a'), work('b')];
    const afterA = withTurn(noTurns, [a], true);
    expect(next([a, b], afterA)).toEqual(['b']);
    const afterBoth = withTurn(afterA, [b], false);
    expect(next([a, b], afterBoth)).toEqual(['a']);
    const unfinished = withTurn(afterBoth, [a], true);
    expect(next([a, b], unfinished)).toEqual(['b']);
    expect(next([a], unfinished)).toEqual(['a']);
    expect(next([b], unfinished)).toEqual([]);
    expect([isAnyUnfinished(noTurns), isAnyUnfinished(unfinished)]).toEqual([false, true]);
  });

  it('take nobody twice from one reading', () => {
    const [a, b] = [work('a'), work('b')];
    const agenda = agendaOf([a, b]);
    const [group, turns] = [nextTurn(agenda, noTurns), withTurn(noTurns, [a], true)];
    expect(names(nextTurn(without(agenda, group), turns))).toEqual(['b']);
  });
});

it('what was read is stale after five times as long as reading it took', () => {
  expect([isStale(500, 100), isStale(501, 100)]).toEqual([false, true]);
});
