import { type TenantWork } from '#project/ports/desired-state';
import { areTiedByDenials } from './common-denials.js';
import { connected } from './connected.js';
import { movingTogether, withoutMoves } from './moves.js';
import { inDeclarationOrder, waitsFor } from './tenant-order.js';

/** One reading of what there is to do. */
export interface Agenda {
  /** In the order in which they are declared, where nothing else decides. */
  readonly tenants: readonly TenantWork[];
  /**
   * Those that have to be declared from one and the same reading: where one waits for another, where rules pass between
   * them, and where denials in Common come or go with permissions. Whatever else is read later has no part in what they
   * withdraw and grant.
   */
  readonly together: readonly (readonly TenantWork[])[];
}

/** The turns of a pass. */
export interface Turns {
  readonly taken: number;
  readonly lastOf: ReadonlyMap<string, Turn>;
}

interface Turn {
  readonly number: number;
  readonly unfinished: boolean;
}

export const noTurns: Turns = { taken: 0, lastOf: new Map() };

export function agendaOf(tenants: readonly TenantWork[]): Agenda {
  return { tenants: inDeclarationOrder(tenants), together: tiedTogether(tenants) };
}

/**
 * The tenants whose turn it is: the one that has waited for its turn for longest, with those that are tied to it. Each has
 * one turn in a pass. While one is unfinished, the pass goes on, and whoever is dirty again has further turns too: a search
 * for a bad rule may take long, and holds up nobody's withdrawals. Empty when nobody is left.
 */
export function nextTurn({ tenants, together }: Agenda, { lastOf }: Turns): readonly TenantWork[] {
  const last = ({ desired }: TenantWork) => lastOf.get(desired.tenant);
  const goesOn = tenants.some((work) => last(work)?.unfinished === true);
  const open = goesOn ? tenants : tenants.filter((work) => last(work) === undefined);
  const number = (work: TenantWork) => last(work)?.number ?? -1;
  const earliest = Math.min(...open.map(number));
  const next = open.find((work) => number(work) === earliest);
  return next === undefined ? [] : (together.find((group) => group.includes(next)) ?? []);
}

/** The turns with one more. */
export function withTurn({ taken, lastOf }: Turns, group: readonly TenantWork[], unfinished: boolean): Turns {
  const turn = { number: taken, unfinished };
  return {
    taken: taken + 1,
    lastOf: new Map([...lastOf, ...group.map(({ desired }) => [desired.tenant, turn] as const)]),
  };
}

/** What is left of a reading once tenants had their turn: of them it says nothing any more. */
export function without({ tenants, together }: Agenda, group: readonly TenantWork[]): Agenda {
  return {
    tenants: tenants.filter((work) => !group.includes(work)),
    together: together.filter((other) => other !== group),
  };
}

/** Whether the work is to be read anew although the pass is through with what was read. */
export function isAnyUnfinished({ lastOf }: Turns): boolean {
  return [...lastOf.values()].some(({ unfinished }) => unfinished);
}

/**
 * Whether the work is to be read anew before the next turn, because much may have changed since.
 * @param age of the reading, and `cost`, what it took, in milliseconds: reading takes at most a fifth of the time of a pass.
 */
export function isStale(age: number, cost: number): boolean {
  return age > 5 * cost;
}

/** Where a move may turn out to be impossible, what is declared instead ties as well. */
function tiedTogether(tenants: readonly TenantWork[]): TenantWork[][] {
  const groups = movingTogether(tenants).map((group) => ({
    group,
    forms: group.length === 1 ? group : [...group, ...withoutMoves(group)],
  }));
  const tied = connected(groups, (left, right) =>
    left.forms.some((one) => right.forms.some((other) => areTied(one, other))),
  );
  return tied.map((together) => together.flatMap(({ group }) => group));
}

function areTied(left: TenantWork, right: TenantWork): boolean {
  return waitsFor(left, right) || waitsFor(right, left) || areTiedByDenials(left, right);
}
