import { type Layout } from '#core/configuration';
import { canonicalJson, isJsonObject, type JsonObject, type JsonValue } from '#core/json';
import { type AppliedRule, appliedRules, denies, letsPastAll, listsOf } from './applied-rules.js';
import { isSame } from './first-pass.js';
import { listOfBoth } from './list-items.js';
import { denyAllRule, interimName, pathOf } from './names.js';
import { type Objects } from './objects.js';
import { isOrderRemark, orderRemark } from './order-remark.js';
import { pairedRules, type RulePair } from './paired-rules.js';
import { eachOnce, entriesOf, entryName, type PolicyEntry, refersToRuleList } from './policy-entries.js';
import { type CommonChange } from './two-passes.js';

export interface NarrowedPolicies {
  readonly policies: Objects;
  /** What only these policies refer to. */
  readonly copies: Objects;
}

/**
 * Policies that judge no packet more mildly than those before a change, nor than those after it: on the way to them
 * everything only gets narrower, and from them only wider, whichever of them AS3 changes first (ADR 20).
 *
 * What stands in both, in the same order and with the same lists, stays as it is. Of the rest there stay, each in its
 * place, all denials of before and of after, and what permissions have in common. So a packet that none of the rest
 * matches is judged by the rule that judges it before and after. A plain accept keeps packets from an accept-decisively
 * below it: where it is part of the rest, a denial stands for it.
 *
 * Nothing that these policies refer to changes while they stand: in place of lists that do, they have copies, whose names
 * tell their content.
 */
export function narrowedPolicies(change: CommonChange, tenant: string, layout: Layout): NarrowedPolicies {
  const copies = new Map<string, JsonObject>();
  const narrowed = change.policies.flatMap((name) => {
    const wanted = change.wanted.get(name);
    if (wanted === undefined) return [];
    const write = (own: OwnRule): PolicyEntry => {
      const { entry, objects } = ownEntry(own, name, tenant, layout);
      for (const [copy, object] of objects) copies.set(copy, object);
      return entry;
    };
    const entries = eachOnce(entriesFor(standingRules(name, change), change, write));
    const { remark } = wanted;
    const told =
      typeof remark === 'string' && isOrderRemark(remark) ? { remark: orderRemark(entries.map(entryName)) } : {};
    return [[name, { ...wanted, ...told, rules: entries }] as const];
  });
  return { policies: new Map(narrowed), copies };
}

/** A rule that stands in between: as it is before and after, or with lists of its own. */
type Standing = { readonly type: 'same'; readonly applied: AppliedRule } | OwnRule;

interface OwnRule {
  readonly type: 'own';
  /** What it is made of. */
  readonly applied: AppliedRule;
  readonly rule: JsonObject;
  /** What the lists that it refers to hold, where they cannot be referred to themselves. */
  readonly lists: Objects;
}

function standingRules(policy: string, change: CommonChange): Standing[] {
  const { held, wanted, isOurs, lastPolicy } = change;
  const pairs = pairedRules(appliedRules(policy, held, isOurs), appliedRules(policy, wanted, isOurs));
  const standing: Standing[][] = [];
  // From the end, as it matters to an accept what stands below it.
  let acceptsHoldBack = false;
  for (const pair of pairs.toReversed()) {
    const now = standingFor(pair, change, acceptsHoldBack);
    standing.push(now);
    acceptsHoldBack ||= policy !== lastPolicy && now.some(isDecisive);
  }
  return standing.reverse().flat();
}

function isDecisive(standing: Standing): boolean {
  return standing.type === 'same' ? letsPastAll(standing.applied) : standing.rule['action'] === 'accept-decisively';
}

function standingFor({ before, after }: RulePair, change: CommonChange, acceptsHoldBack: boolean): Standing[] {
  const { held, wanted } = change;
  if (before !== null && after !== null && changingLists(after, change).length === 0) {
    return [{ type: 'same', applied: after }];
  }
  const rest = [
    ...(before === null ? [] : denialBy(before, held, change, acceptsHoldBack)),
    ...(after === null ? [] : denialBy(after, wanted, change, acceptsHoldBack)),
  ];
  return before === null || after === null || denies(after) ? rest : [...inCommon(after, change), ...rest];
}

/** What a permission lets through before and after. */
function inCommon(applied: AppliedRule, change: CommonChange): Standing[] {
  const lists = changingLists(applied, change).map((name) => ({
    name,
    list: listOfBoth(change.held.get(name), change.wanted.get(name)),
  }));
  const held = lists.flatMap(({ name, list }) => (list === null ? [] : [[name, list] as const]));
  if (held.length < lists.length) return [];
  return [{ type: 'own', applied, rule: applied.rule, lists: new Map(held) }];
}

function denialBy(applied: AppliedRule, objects: Objects, change: CommonChange, acceptsHoldBack: boolean): Standing[] {
  const { rule } = applied;
  if (!denies(applied) && !(acceptsHoldBack && rule['action'] === 'accept')) return [];
  const { iRule: _iRule, iRuleSampleRate: _sampleRate, ...rest } = rule;
  const lists = changingLists(applied, change).flatMap((name) => {
    const list = objects.get(name);
    return list === undefined ? [] : [[name, list] as const];
  });
  const denial = denies(applied) ? rule : { ...rest, action: 'drop' };
  return [{ type: 'own', applied, rule: denial, lists: new Map(lists) }];
}

/** The lists of a rule that have another content before than after, or go. */
function changingLists({ rule }: AppliedRule, change: CommonChange): string[] {
  return [...listsOf(rule, 'source'), ...listsOf(rule, 'destination')].filter((name) => !isConstant(name, change));
}

/** What is new does not change either: nothing refers to it before. */
function isConstant(name: string, { held, wanted }: CommonChange): boolean {
  return wanted.has(name) && (!held.has(name) || isSame(name, held, wanted));
}

/** A rule list is referred to where all of its rules stand together as they are; else each rule gets an entry of its own. */
function entriesFor(
  standing: readonly Standing[],
  change: CommonChange,
  write: (own: OwnRule) => PolicyEntry,
): PolicyEntry[] {
  return togetherInLists(standing).flatMap((group) => {
    const [one] = group;
    if (one?.type === 'same' && isWhole(one.applied, group.length, change)) return [one.applied.entry];
    return group.map((rule) => write(rule.type === 'own' ? rule : asOwn(rule.applied)));
  });
}

function togetherInLists(standing: readonly Standing[]): Standing[][] {
  const groups: Standing[][] = [];
  for (const one of standing) {
    const last = groups.at(-1)?.[0];
    const joins = one.type === 'same' && last?.type === 'same' && last.applied.entry === one.applied.entry;
    if (joins) groups.at(-1)?.push(one);
    else groups.push([one]);
  }
  return groups;
}

function isWhole({ entry, ours }: AppliedRule, count: number, change: CommonChange): boolean {
  if (!ours || !refersToRuleList(entry)) return true;
  const list = entryName(entry);
  return isConstant(list, change) && entriesOf(change.wanted.get(list)).length === count;
}

function asOwn(applied: AppliedRule): OwnRule {
  return { type: 'own', applied, rule: applied.rule, lists: new Map() };
}

function ownEntry(
  { applied, rule, lists }: OwnRule,
  policy: string,
  tenant: string,
  layout: Layout,
): { readonly entry: PolicyEntry; readonly objects: Objects } {
  const copies = new Map([...lists].map(([name, list]) => [name, interimName(name, canonicalJson(list), tenant)]));
  const objects = new Map([...lists].map(([name, list]) => [copies.get(name) ?? name, list]));
  const referring = referringTo(rule, (name) => copies.get(name) ?? name, tenant);
  const stem = entryName(applied.entry) === denyAllRule ? policy : entryName(applied.entry);
  const name = interimName(stem, canonicalJson(referring), tenant);
  switch (layout) {
    case 'in-place':
      return { entry: { ...referring, name }, objects };
    case 'rule-lists':
      return {
        entry: { use: pathOf(tenant, name) },
        objects: objects.set(name, { class: 'Firewall_Rule_List', rules: [referring] }),
      };
  }
}

/** The same rule with other lists. */
function referringTo(rule: JsonObject, nameFor: (list: string) => string, tenant: string): JsonObject {
  const turned = (value: JsonValue): JsonValue => {
    if (Array.isArray(value)) return (value as readonly JsonValue[]).map(turned);
    if (!isJsonObject(value)) return value;
    const { use } = value;
    if (typeof use === 'string') return { use: pathOf(tenant, nameFor(entryName(value))) };
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, turned(member)]));
  };
  const { source, destination, ...rest } = rule;
  return {
    ...rest,
    ...(source === undefined ? {} : { source: turned(source) }),
    ...(destination === undefined ? {} : { destination: turned(destination) }),
  };
}
