import { type MovingRule } from '#project/ports/desired-state';
import { desiredRule, desiredTenant, tenantWork } from '#testing/builders';
import { describe, expect, it } from 'vitest';
import { movingTogether, withoutMoves } from './moves.js';

const moved = desiredRule({ uid: 'moved', prefixes: ['10.1.0.1'] });
const stays = (name: string) => desiredRule({ uid: `of-${name}`, prefixes: ['10.1.0.9'] });
const work = (tenant: string, rules = [stays(tenant)], moving: MovingRule[] = []) =>
  tenantWork({ desired: desiredTenant({ tenant, rules }), moving });
const to = (tenant: string): MovingRule[] => [{ to: tenant, rule: { ...moved, priority: 1 } }];
const names = (groups: ReturnType<typeof movingTogether>) =>
  groups.map((group) => group.map((one) => one.desired.tenant));

describe('tenants between which rules pass', () => {
  it('are a group, also by way of a third; all others are alone', () => {
    const [a, b, c] = [work('a', [], to('b')), work('b', [], to('c')), work('c')];
    expect(names(movingTogether([c, work('d'), a, b]))).toEqual([['d'], ['c', 'a', 'b']]);
  });

  it('promise 7: keep those rules where they stood, in their earlier form, and take all else that is desired', () => {
    const [from, into] = withoutMoves([work('a', [stays('a')], to('b')), work('b', [stays('b'), moved])]);
    expect(from?.desired.rules).toEqual([stays('a'), { ...moved, priority: 1 }]);
    expect(into?.desired.rules).toEqual([stays('b')]);
  });

  it('promise 2: withdraw what they hold already of a move that is not made', () => {
    const current = { version: 1, digest: '', position: 1, declaration: {}, rules: [moved] };
    const [, into] = withoutMoves([work('a', [], to('b')), { ...work('b', [moved]), current }]);
    expect(into?.withdrawn).toEqual(['10.1.0.1']);
  });
});
