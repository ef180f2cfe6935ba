import { type Span } from './firewall.js';

/** The same values in as few spans as possible, in order. */
export function mergedSpans(spans: readonly Span[]): Span[] {
  const sorted = [...spans].sort((left, right) => (left.first < right.first ? -1 : left.first > right.first ? 1 : 0));
  const merged: { first: bigint; last: bigint }[] = [];
  for (const { first, last } of sorted) {
    const before = merged.at(-1);
    if (before === undefined || first > before.last + 1n) merged.push({ first, last });
    else if (last > before.last) before.last = last;
  }
  return merged;
}

/** What of the whole the spans leave out. `spans` as `mergedSpans` gives them. */
export function complement(spans: readonly Span[], whole: Span): Span[] {
  const gaps: Span[] = [];
  let next = whole.first;
  for (const { first, last } of spans) {
    if (first > next) gaps.push({ first: next, last: first - 1n });
    next = last + 1n;
  }
  if (next <= whole.last) gaps.push({ first: next, last: whole.last });
  return gaps;
}
