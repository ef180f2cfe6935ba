import { type AppliedRule } from './applied-rules.js';

/** A rule before and after a change; null where it stands on one side only, or changed its place among the others. */
export interface RulePair {
  readonly before: AppliedRule | null;
  readonly after: AppliedRule | null;
}

/**
 * Two orders of rules in one that is true to both: what has the same key, and keeps its place among all that does so, is
 * one pair. Others' entries are always pairs: they are the same before and after, in the same order.
 */
export function pairedRules(before: readonly AppliedRule[], after: readonly AppliedRule[]): RulePair[] {
  const [parts, otherParts] = [betweenOthers(before), betweenOthers(after)];
  return Array.from({ length: Math.max(parts.length, otherParts.length) }).flatMap((_, index) => {
    const [left, right] = [parts[index], otherParts[index]];
    const pairs = pairedOurs(left?.ours ?? [], right?.ours ?? []);
    if (!left?.closing && !right?.closing) return pairs;
    return [...pairs, { before: left?.closing ?? null, after: right?.closing ?? null }];
  });
}

interface Part {
  readonly ours: readonly AppliedRule[];
  /** The entry of somebody else that follows them. */
  readonly closing: AppliedRule | null;
}

function betweenOthers(rules: readonly AppliedRule[]): Part[] {
  const parts: Part[] = [];
  let begin = 0;
  rules.forEach((rule, index) => {
    if (rule.ours) return;
    parts.push({ ours: rules.slice(begin, index), closing: rule });
    begin = index + 1;
  });
  return [...parts, { ours: rules.slice(begin), closing: null }];
}

function pairedOurs(before: readonly AppliedRule[], after: readonly AppliedRule[]): RulePair[] {
  const pairs: RulePair[] = [];
  let [left, right] = [0, 0];
  const upTo = (leftEnd: number, rightEnd: number) => {
    for (; left < leftEnd; left += 1) pairs.push({ before: before[left] ?? null, after: null });
    for (; right < rightEnd; right += 1) pairs.push({ before: null, after: after[right] ?? null });
  };
  for (const { from, to } of inSameOrder(before, after)) {
    upTo(from, to);
    pairs.push({ before: before[from] ?? null, after: after[to] ?? null });
    [left, right] = [from + 1, to + 1];
  }
  upTo(before.length, after.length);
  return pairs;
}

interface Places {
  readonly from: number;
  readonly to: number;
}

function inSameOrder(before: readonly AppliedRule[], after: readonly AppliedRule[]): Places[] {
  const places = new Map<string, number[]>();
  before.forEach(({ key }, index) => places.set(key, [...(places.get(key) ?? []), index]));
  const candidates = after.flatMap(({ key }, to) => {
    const from = places.get(key)?.shift();
    return from === undefined ? [] : [{ from, to }];
  });
  return longestRising(candidates);
}

/** The longest selection in which `from` rises too (patience sorting: `ends[n]` ends the best selection of n + 1). */
function longestRising(candidates: readonly Places[]): Places[] {
  const ends: { readonly places: Places; readonly previous: number }[][] = [];
  for (const places of candidates) {
    const length = firstNotBelow(ends, places.from);
    (ends[length] ??= []).push({ places, previous: (ends[length - 1]?.length ?? 0) - 1 });
  }
  const chosen: Places[] = [];
  let index = (ends.at(-1)?.length ?? 0) - 1;
  for (let length = ends.length - 1; length >= 0; length -= 1) {
    const end = ends[length]?.[index];
    if (end === undefined) break;
    chosen.push(end.places);
    index = end.previous;
  }
  return chosen.reverse();
}

function firstNotBelow(ends: readonly (readonly { readonly places: Places }[])[], from: number): number {
  let [low, high] = [0, ends.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ends[middle]?.at(-1)?.places.from ?? Infinity) < from) low = middle + 1;
    else high = middle;
  }
  return low;
}
