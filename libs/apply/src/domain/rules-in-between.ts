import { type DeclaredRule } from '#core/desired';
import { isDenial } from '#core/rule';
import { ruleKey } from '#project/domain/last-good';

/**
 * The rules that stand on a device, and for which addresses, while its policies allow only what is allowed both before and
 * after a change (ADR 20): denials of either, permissions of both. A permission may be narrower still, for the moment.
 */
export function rulesInBetween(before: readonly DeclaredRule[], after: readonly DeclaredRule[]): DeclaredRule[] {
  const earlier = new Map(before.filter(standsSomewhere).map((rule) => [ruleKey(rule), rule]));
  const later = after.filter(standsSomewhere);
  const known = new Set(later.map(ruleKey));
  const going = [...earlier.values()].filter((rule) => !known.has(ruleKey(rule)));
  return [...later.flatMap((rule) => inBetween(earlier.get(ruleKey(rule)), rule)), ...going.filter(denies)];
}

function standsSomewhere({ destinations }: DeclaredRule): boolean {
  return destinations.length > 0;
}

function denies({ action }: DeclaredRule): boolean {
  return isDenial(action);
}

function inBetween(before: DeclaredRule | undefined, after: DeclaredRule): DeclaredRule[] {
  if (before === undefined) return denies(after) ? [after] : [];
  if (denies(before) !== denies(after)) return [denies(before) ? before : after];
  return [
    {
      ...after,
      prefixes: denies(after) ? ofEither(before.prefixes, after.prefixes) : ofBoth(before.prefixes, after.prefixes),
    },
  ];
}

type Prefixes = DeclaredRule['prefixes'];

function ofEither(left: Prefixes, right: Prefixes): Prefixes {
  return left === null || right === null ? null : [...new Set([...left, ...right])].sort();
}

function ofBoth(left: Prefixes, right: Prefixes): Prefixes {
  if (left === null || right === null) return left ?? right;
  const kept = new Set(left);
  return right.filter((prefix) => kept.has(prefix));
}
