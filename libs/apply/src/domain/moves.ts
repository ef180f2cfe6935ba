import { ruleKey, withdrawnPrefixes } from '#project/domain/last-good';
import { type TenantWork } from '#project/ports/desired-state';
import { connected } from './connected.js';

/** The tenants by groups in which rules pass from one to another; most often each is a group of its own. */
export function movingTogether(tenants: readonly TenantWork[]): TenantWork[][] {
  return connected(tenants, areMoving);
}

function areMoving(left: TenantWork, right: TenantWork): boolean {
  return handsOver(left, right) || handsOver(right, left);
}

function handsOver({ moving }: TenantWork, { desired }: TenantWork): boolean {
  return moving.some(({ to }) => to === desired.tenant);
}

/**
 * What the tenants of a group are to hold while one of them cannot be as desired: all that is desired, but each rule that
 * passes between them where it stood before, in its earlier form and with today's addresses (promise 7).
 */
export function withoutMoves(group: readonly TenantWork[]): TenantWork[] {
  const moves = group.flatMap(({ moving }) => moving);
  return group.map((work) => {
    const { tenant } = work.desired;
    const arriving = new Set(moves.filter(({ to }) => to === tenant).map(({ rule }) => ruleKey(rule)));
    const rules = [
      ...work.desired.rules.filter((rule) => !arriving.has(ruleKey(rule))),
      ...work.moving.map(({ rule }) => rule),
    ];
    const held = [...(work.current?.rules ?? []), ...work.taken.flatMap((taken) => taken.rules)];
    const withdrawn = withdrawnPrefixes(held, new Map(rules.map((rule) => [ruleKey(rule), rule])));
    return { ...work, desired: { ...work.desired, rules }, withdrawn };
  });
}
