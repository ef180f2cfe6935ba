import { isJsonObject, type JsonObject, type JsonValue } from '#core/json';
import { denyAllRule, type SharedNames } from './names.js';

/** A rule, or a reference to a rule list, in a policy. */
export type PolicyEntry = JsonObject;

/** The entries of a policy as AS3 stored it; none where there is no such policy. */
export function entriesOf(policy: JsonValue | undefined): PolicyEntry[] {
  const rules = isJsonObject(policy) ? policy['rules'] : undefined;
  return Array.isArray(rules) ? (rules as readonly JsonValue[]).filter(isJsonObject) : [];
}

/** The name of the rule list that an entry refers to, or of the rule that it is. */
export function entryName(entry: PolicyEntry): string {
  const { use, bigip, name } = entry;
  const text = use ?? bigip ?? name;
  return typeof text === 'string' ? text.slice(text.lastIndexOf('/') + 1) : '';
}

export function refersToRuleList(entry: PolicyEntry): boolean {
  return entry['use'] !== undefined || entry['bigip'] !== undefined;
}

export function isDenyAll(entry: PolicyEntry, names: SharedNames): boolean {
  return entryName(entry) === (refersToRuleList(entry) ? names.denyAllList : denyAllRule);
}

/**
 * Puts our entries among those of others. Others' entries stay verbatim and in their order; ours come in our order, each
 * in the gap between others' where it stood, a new one next to the one before it (the first ones next to the one after
 * them, else at the end). What is already in order stays untouched, so two installations do not keep moving each other.
 * @param ours in the order that they shall have.
 * @param isOurs tells what of `stored` is ours, and goes unless it is in `ours`.
 * @param isLast tells the entries of others that stay behind all of ours.
 */
export function mergedEntries(
  stored: readonly PolicyEntry[],
  ours: readonly PolicyEntry[],
  isOurs: (entry: PolicyEntry) => boolean,
  isLast: (entry: PolicyEntry) => boolean,
): PolicyEntry[] {
  const others = stored.filter((entry) => !isOurs(entry));
  if (others.length === 0) return [...ours];
  const gapOf = new Map<string, number>();
  let passed = 0;
  for (const entry of stored) {
    if (entry === others[passed]) passed += 1;
    else gapOf.set(placeOf(entry), passed);
  }
  const last = others.findIndex(isLast);
  const end = last === -1 ? others.length : last;
  const known = ours.map((entry) => gapOf.get(placeOf(entry)));
  let gap = Math.min(known.find((place) => place !== undefined) ?? end, end);
  const gaps: PolicyEntry[][] = Array.from({ length: others.length + 1 }, () => []);
  ours.forEach((entry, index) => {
    gap = Math.min(Math.max(gap, known[index] ?? gap), end);
    gaps[gap]?.push(entry);
  });
  return gaps.flatMap((inGap, index) => {
    const other = others[index];
    return other === undefined ? inGap : [...inGap, other];
  });
}

/** AS3 knows the entries of a policy by name; the first of two equal ones is the one that counts. */
export function eachOnce(entries: readonly PolicyEntry[]): PolicyEntry[] {
  const names = new Set<string>();
  return entries.filter((entry) => names.size < names.add(entryName(entry)).size);
}

/**
 * What an entry is about (rule and external service), in either layout and in between, so that it keeps its place when
 * its form changes.
 */
function placeOf(entry: PolicyEntry): string {
  const name = entryName(entry);
  return (
    /^(.+?_ext_[^_]+)_(?:rule_list(?:_interim_.+)?|(?:accept|accept-decisively|drop|reject)_.+)$/.exec(name)?.[1] ??
    name
  );
}
