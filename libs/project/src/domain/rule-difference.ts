import { type DesiredRule } from '#core/desired';
import { canonicalJson, plainJson } from '#core/json';
import { type RuleKind } from '#core/kinds';
import { compareRules } from '#core/order';
import { type Action, isDenial } from '#core/rule';
import { destinationTexts, sourceText } from '#core/rule-text';
import { definitionOf, heldPrefixes, ruleKey } from './last-good.js';

/** How one rule differs between what the device holds and what it is to hold. */
export interface RuleDifference {
  readonly cluster: string;
  readonly kind: RuleKind;
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  readonly change: 'added' | 'removed' | 'changed';
  /** Afterwards; before, when it is removed. */
  readonly action: Action;
  /** Whether something may pass afterwards that does not now. */
  readonly opens: boolean;
  readonly details: readonly RuleDetailDifference[];
}

export interface RuleDetailDifference {
  readonly change: 'added' | 'removed';
  readonly what: 'action' | 'priority' | 'logging' | 'source' | 'destination' | 'address';
  readonly text: string;
}

/** What changes, rule by rule, when a device comes to hold other rules. Rules that apply to nobody count as not there. */
export function ruleDifferences(before: readonly DesiredRule[], after: readonly DesiredRule[]): RuleDifference[] {
  const [old, now] = [inForce(before), inForce(after)];
  const rules = new Map([...old, ...now]);
  return [...rules.values()].sort(compareRules).flatMap((rule) => {
    const difference = differenceOf(old.get(ruleKey(rule)), now.get(ruleKey(rule)));
    return difference === null ? [] : [difference];
  });
}

function inForce(rules: readonly DesiredRule[]): Map<string, DesiredRule> {
  const present = rules.filter((rule) => heldPrefixes(rule)?.length !== 0);
  return new Map(present.map((rule) => [ruleKey(rule), rule]));
}

function differenceOf(before: DesiredRule | undefined, after: DesiredRule | undefined): RuleDifference | null {
  const rule = after ?? before;
  if (rule === undefined) return null;
  const details = factKinds.flatMap(([what, factsOf]) => {
    const [old, now] = [before, after].map((form) => (form === undefined ? [] : factsOf(form)));
    return [...lacking('removed', what, old ?? [], now ?? []), ...lacking('added', what, now ?? [], old ?? [])];
  });
  if (before !== undefined && after !== undefined && details.length === 0) {
    if (definitionOf(before) === definitionOf(after)) return null;
  }
  const { cluster, kind, uid, namespace, name, action } = rule;
  const change = before === undefined ? 'added' : after === undefined ? 'removed' : 'changed';
  return { cluster, kind, uid, namespace, name, change, action, opens: opens(before, after), details };
}

const factKinds: readonly (readonly [
  what: RuleDetailDifference['what'],
  factsOf: (rule: DesiredRule) => readonly string[],
])[] = [
  ['action', ({ action }) => [action]],
  ['priority', ({ priority }) => [String(priority)]],
  ['logging', ({ logging }) => [logging ? 'on' : 'off']],
  ['source', (rule) => [sourceText(rule)]],
  ['destination', destinationTexts],
  ['address', ({ prefixes }) => prefixes ?? ['everyone']],
];

function lacking(
  change: RuleDetailDifference['change'],
  what: RuleDetailDifference['what'],
  facts: readonly string[],
  others: readonly string[],
): RuleDetailDifference[] {
  const there = new Set(others);
  return facts.filter((fact) => !there.has(fact)).map((text) => ({ change, what, text }));
}

/**
 * Whether something may pass that did not: a permission reaches further, or a denial less far. Another order may have
 * either effect, so that it counts as opening.
 */
function opens(before: DesiredRule | undefined, after: DesiredRule | undefined): boolean {
  if (after === undefined) return before !== undefined && isDenial(before.action);
  if (before === undefined) return !isDenial(after.action);
  if (before.action !== after.action) return true;
  if (before.priority !== after.priority || before.createdAt !== after.createdAt) return true;
  const [narrower, wider] = isDenial(after.action) ? [after, before] : [before, after];
  return !covers(narrower, wider);
}

/** Whether `rule` reaches at least whatever `other` reaches, as far as that can be told entry by entry. */
function covers(rule: DesiredRule, other: DesiredRule): boolean {
  const sources = rule.prefixes === null ? null : new Set(rule.prefixes);
  const coversSources = sources === null || other.prefixes?.every((prefix) => sources.has(prefix)) === true;
  const destinations = new Set(rule.destinations.map((destination) => canonicalJson(plainJson(destination))));
  return (
    coversSources && other.destinations.every((destination) => destinations.has(canonicalJson(plainJson(destination))))
  );
}
