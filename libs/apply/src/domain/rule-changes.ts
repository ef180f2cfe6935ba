import { contextOf } from '#compile/tenant-policies';
import { type AcceptedDestination, type DesiredRule } from '#core/desired';
import { addressRange } from '#core/network';
import { compareRules } from '#core/order';
import { isDenial, type SourceSelector } from '#core/rule';
import { definitionOf, ruleKey } from '#project/domain/last-good';

/** How one rule differs between the last good version and what is desired, both with today's addresses. */
export interface RuleChange {
  /** `ruleKey` of the rule. */
  readonly key: string;
  /** Null for a rule that the last good version does not have. */
  readonly before: DesiredRule | null;
  /** Null for a denial that is to go. */
  readonly after: DesiredRule | null;
}

/**
 * Changes that are made together, or not at all. A set of units can be made, and the others left as they were, without
 * letting anything pass that neither the state before nor the one after lets pass, as long as it holds with each unit all
 * that it requires (ADR 19).
 */
export interface Unit {
  readonly id: string;
  readonly changes: readonly RuleChange[];
  /** Ids of the units that must be made before, or along with, this one. */
  readonly requires: readonly string[];
}

export function changesBetween(good: readonly DesiredRule[], desired: readonly DesiredRule[]): RuleChange[] {
  const before = new Map(good.map((rule) => [ruleKey(rule), rule]));
  const wanted = new Set(desired.map(ruleKey));
  const gone = good.filter((rule) => !wanted.has(ruleKey(rule)));
  return [
    ...desired.flatMap((after): RuleChange[] => {
      const old = before.get(ruleKey(after)) ?? null;
      if (old !== null && definitionOf(old) === definitionOf(after)) return [];
      return [{ key: ruleKey(after), before: old, after }];
    }),
    ...gone.map((old): RuleChange => ({ key: ruleKey(old), before: old, after: null })),
  ];
}

/**
 * The units of changes, each behind those that it requires. What opens anything (a permission, or a denial that goes or
 * becomes another) requires what closes there (a denial that comes or becomes another).
 * @param idOf names a change: the same as long as the rule is to become the same.
 */
export function unitsOf(changes: readonly RuleChange[], idOf: (change: RuleChange) => string): Unit[] {
  const onlyClosing = changes.filter((change) => closes(change) && !opens(change));
  const both = groupsOf(changes.filter((change) => closes(change) && opens(change)));
  const onlyOpening = changes.filter((change) => !closes(change));
  const groups = [...onlyClosing.map((change) => [change]), ...both, ...onlyOpening.map((change) => [change])];
  const idOfGroup = (group: readonly RuleChange[]) => group.map(idOf).join(' + ');
  const closing = closingByNamespace([...onlyClosing.map((change) => [change]), ...both], idOfGroup);
  return groups.map((group) => {
    const id = idOfGroup(group);
    const required = group
      .filter(opens)
      .flatMap((change) => closing(change).filter((other) => other.id !== id && restricts(other.change, change)));
    return { id, changes: group, requires: [...new Set(required.map((other) => other.id))] };
  });
}

/**
 * The rules with only some of the changes made. What is not made keeps its form of the last good version; but a permission
 * that is refused goes, and so does one that is to become another where something else, that kept it in check, has gone.
 */
export function rulesWith(
  { desired, units }: { readonly desired: readonly DesiredRule[]; readonly units: readonly Unit[] },
  isMade: (unit: Unit) => boolean,
  isRefused: (unit: Unit) => boolean,
): DesiredRule[] {
  const changed = new Set(units.flatMap((unit) => unit.changes.map(({ key }) => key)));
  const opened = units.filter(isMade).flatMap(({ changes }) => changes.filter(opens));
  const rules = desired.filter((rule) => !changed.has(ruleKey(rule)));
  for (const unit of units) {
    for (const change of unit.changes) {
      const { before, after } = change;
      if (isMade(unit)) rules.push(...(after === null ? [] : [after]));
      else if (before === null) continue;
      else if (isDenial(before.action)) rules.push(before);
      else if (!isRefused(unit) && !opened.some((other) => frees(other, change))) rules.push(before);
    }
  }
  return rules;
}

function closes({ after }: RuleChange): boolean {
  return after !== null && isDenial(after.action);
}

function opens(change: RuleChange): boolean {
  return shrinksDenial(change) || (change.after !== null && !isDenial(change.after.action));
}

function shrinksDenial({ before }: RuleChange): boolean {
  return before !== null && isDenial(before.action);
}

/**
 * Whether an opening that is made may let pass what a permission in its earlier form accepts: a denial gave way, or another
 * of the policies that all have to accept a packet does so now. Within one policy permissions only add up.
 */
function frees(opening: RuleChange, { before }: RuleChange): boolean {
  if (before === null || !formsOf(opening).some((form) => mayMeet(form, before))) return false;
  return shrinksDenial(opening) || formsOf(opening).some(({ kind }) => contextOf(kind) !== contextOf(before.kind));
}

/** Denials that become others, put together where they may meet: each of them may give up what the other takes over. */
function groupsOf(changes: readonly RuleChange[]): RuleChange[][] {
  const groups: RuleChange[][] = [];
  for (const change of changes) {
    const met = groups.filter((group) => group.some((other) => overlap(other, change)));
    for (const group of met) groups.splice(groups.indexOf(group), 1);
    groups.push([...met.flat(), change]);
  }
  return groups;
}

interface Closing {
  readonly id: string;
  readonly change: RuleChange;
}

/** Finds what closes where a change opens: by namespaces, because few of many rules meet. */
function closingByNamespace(
  groups: readonly (readonly RuleChange[])[],
  idOf: (group: readonly RuleChange[]) => string,
): (change: RuleChange) => readonly Closing[] {
  const all = groups.flatMap((group) => group.map((change): Closing => ({ id: idOf(group), change })));
  const byPlace = new Map<string, Closing[]>();
  for (const closing of all) {
    for (const place of placesOf(closing.change)) byPlace.set(place, [...(byPlace.get(place) ?? []), closing]);
  }
  return (change) => {
    const places = placesOf(change);
    if (places.includes(everywhere)) return all;
    return [...places, everywhere].flatMap((place) => byPlace.get(place) ?? []);
  };
}

function placesOf(change: RuleChange): string[] {
  return [...new Set(formsOf(change).map(placeOf))];
}

/** Whether a denial that comes may restrict what a change opens. */
function restricts(denial: RuleChange, opening: RuleChange): boolean {
  if (!overlap(denial, opening)) return false;
  const { after: closing } = denial;
  const { after: permission } = opening;
  if (closing === null || permission === null || shrinksDenial(opening)) return true;
  // In one context the first that matches decides: a permission ahead of a denial never waited for it.
  return contextOf(closing.kind) !== contextOf(permission.kind) || compareRules(closing, permission) < 0;
}

/** Whether two changes may concern the same packet. */
function overlap(left: RuleChange, right: RuleChange): boolean {
  return formsOf(left).some((one) => formsOf(right).some((other) => mayMeet(one, other)));
}

function formsOf({ before, after }: RuleChange): DesiredRule[] {
  return [before, after].filter((form) => form !== null);
}

/** By their selectors and not by their addresses of today: those of tomorrow may be the same. */
function mayMeet(left: DesiredRule, right: DesiredRule): boolean {
  const [one, other] = [placeOf(left), placeOf(right)];
  if (one !== other && one !== everywhere && other !== everywhere) return false;
  return left.destinations.some((to) => right.destinations.some((also) => reachTheSame(to, also)));
}

const everywhere = '*';

/** The namespace that a rule's sources are in. */
function placeOf({ cluster, source }: DesiredRule): string {
  return hasNamespace(source) ? `${cluster}/${source.namespace}` : everywhere;
}

function hasNamespace(source: SourceSelector): source is Extract<SourceSelector, { namespace: string }> {
  return 'namespace' in source;
}

/** Names may resolve to any address. */
function reachTheSame(left: AcceptedDestination, right: AcceptedDestination): boolean {
  if (left.domainNames.length > 0 || right.domainNames.length > 0) return true;
  return left.addresses.some((one) => right.addresses.some((other) => intersect(one, other)));
}

function intersect(left: string, right: string): boolean {
  if (left === right) return true;
  const [one, other] = [addressRange(left), addressRange(right)];
  // What cannot be told apart may be the same.
  if (one === null || other === null) return true;
  return one.family === other.family && one.first <= other.last && other.first <= one.last;
}
