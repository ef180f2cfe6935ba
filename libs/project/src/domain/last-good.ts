import { type DeclaredRule, type AcceptedRule, type DesiredRule, type Position } from '#core/desired';
import { canonicalJson, plainJson } from '#core/json';
import { isDenial } from '#core/rule';

export interface LastGoodInput {
  /** The rules of the last good version, as they were declared. */
  readonly good: readonly DeclaredRule[];
  /** The position that the version covers. */
  readonly position: Position;
  /** The rules of the tenant as they are desired now, by `ruleKey`. */
  readonly desired: ReadonlyMap<string, DesiredRule>;
  /** The prefixes, today, of a rule whose form was the desired one at a position and is not any more. */
  readonly sourcesToday: (rule: DesiredRule, position: Position) => readonly string[];
}

/** Names a rule within a device. */
export function ruleKey(rule: { readonly cluster: string; readonly uid: string }): string {
  return `${rule.cluster} ${rule.uid}`;
}

/**
 * The rules of the last good version with today's addresses: what is declared while the desired ones are refused.
 *
 * Nothing that was withdrawn since comes back with it (promise 2): a permission that is gone, or that no longer lets
 * anything out to an external service, goes here too. A denial stays. Where the source selector is still the one of the
 * good version, the rule's own source set counts; where it changed, what the earlier selector selects today.
 */
export function lastGoodRules(input: LastGoodInput): DeclaredRule[] {
  return input.good.flatMap((rule) => {
    const now = input.desired.get(ruleKey(rule));
    if (isDenial(rule.action)) return [withTodaysSources(rule, now, input)];
    if (now === undefined) return [];
    const declared = new Set(now.destinations.map(({ externalService }) => externalService));
    const destinations = rule.destinations.filter(({ externalService }) => declared.has(externalService));
    return [withTodaysSources({ ...rule, destinations }, now, input)];
  });
}

function withTodaysSources(
  { sourcesAt, ...rule }: DeclaredRule,
  now: DesiredRule | undefined,
  { position, sourcesToday }: Pick<LastGoodInput, 'position' | 'sourcesToday'>,
): DeclaredRule {
  if (now !== undefined && sameSources(rule, now)) return { ...rule, prefixes: now.prefixes };
  if (rule.prefixes !== null) {
    const at = sourcesAt ?? position;
    return { ...rule, prefixes: sourcesToday(rule, at), sourcesAt: at };
  }
  // Everyone, and now only some: of a permission they alone are left, a denial goes on for everyone.
  return { ...rule, prefixes: isDenial(rule.action) || now === undefined ? null : now.prefixes };
}

/** A denial's source set also holds what could not be told for sure, so that it is no measure for a permission. */
function sameSources(rule: DesiredRule, now: DesiredRule): boolean {
  const sameSelector = canonicalJson(plainJson(rule.source)) === canonicalJson(plainJson(now.source));
  return sameSelector && isDenial(rule.action) === isDenial(now.action);
}

/**
 * Whether a rule that a device holds in an earlier form applies to others today: nothing was written of it, so that nobody
 * else tells that the tenant has to be declared.
 */
export function earlierFormsMoved(declared: readonly DeclaredRule[], lastGood: readonly DeclaredRule[]): boolean {
  const today = new Map(
    lastGood.filter(({ sourcesAt }) => sourcesAt !== undefined).map((rule) => [ruleKey(rule), rule]),
  );
  return declared.some((rule) => {
    const now = today.get(ruleKey(rule));
    return now !== undefined && sameSources(rule, now) && !samePrefixes(rule, now);
  });
}

function samePrefixes(left: DesiredRule, right: DesiredRule): boolean {
  const [held, wanted] = [heldPrefixes(left), heldPrefixes(right)];
  if (held === null || wanted === null) return held === wanted;
  return held.length === wanted.length && held.every((prefix, index) => prefix === wanted[index]);
}

/** What declared rules hold and the desired rules lack: the prefixes that have to leave the device. */
export function withdrawnPrefixes(
  declared: readonly DesiredRule[],
  desired: ReadonlyMap<string, DesiredRule>,
): readonly string[] {
  const withdrawn = new Set<string>();
  for (const rule of declared) {
    const held = heldPrefixes(rule);
    const now = desired.get(ruleKey(rule));
    const kept = now === undefined ? [] : heldPrefixes(now);
    if (held === null || kept === null) continue;
    const stay = new Set(kept);
    for (const prefix of held) if (!stay.has(prefix)) withdrawn.add(prefix);
  }
  return [...withdrawn].sort();
}

/** The prefixes for which a rule stands on the device: none while it declares nothing, null for everyone's. */
export function heldPrefixes(rule: DesiredRule): readonly string[] | null {
  return rule.destinations.length === 0 ? [] : rule.prefixes;
}

/** A rule without its addresses: what its author wrote, as it was accepted. */
export function definitionOf(rule: AcceptedRule & Partial<DeclaredRule>): string {
  const { prefixes: _, sourcesAt: __, ...definition } = rule;
  return canonicalJson(plainJson(definition));
}
