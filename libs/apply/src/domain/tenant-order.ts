import { AddressSet } from '#compile/address-set';
import { commonTenant } from '#core/configuration';
import { type DesiredRule } from '#core/desired';
import { isDenial } from '#core/rule';
import { compareTexts } from '#core/order';
import { heldPrefixes, ruleKey } from '#project/domain/last-good';
import { type TenantWork } from '#project/ports/desired-state';
import { onlyCloses } from './common-denials.js';

/**
 * The order in which a device's tenants are declared: those that withdraw an address which another one is to grant come
 * before it (promise 2), otherwise Common when its denials only come to deny more, then those with withdrawals, then Common,
 * then what has waited for longest. Where tenants wait for each other in a circle, the most urgent one comes first; it can
 * then do no more than withdraw (ADR 22).
 */
export function inDeclarationOrder(tenants: readonly TenantWork[]): TenantWork[] {
  const remaining = [...tenants].sort(byUrgency);
  const ordered: TenantWork[] = [];
  while (remaining.length > 0) {
    const free = remaining.findIndex(
      (tenant) => !remaining.some((other) => other !== tenant && waitsFor(tenant, other)),
    );
    ordered.push(...remaining.splice(Math.max(free, 0), 1));
  }
  return ordered;
}

/** Whether `tenant` is to grant an address anew that `other` still has to withdraw. */
export function waitsFor(tenant: TenantWork, other: TenantWork): boolean {
  return withdraws(other) && claimsOf(tenant).granted.meets(claimsOf(other).withdrawn);
}

/** Whether a permission of the tenant loses an address. */
export function withdraws(tenant: TenantWork): boolean {
  return !claimsOf(tenant).withdrawn.isEmpty;
}

/** The addresses that the permissions of a tenant gain and lose. Everyone is no address. */
interface Claims {
  readonly granted: AddressSet;
  readonly withdrawn: AddressSet;
}

/** Each piece of work is asked many times, and never changes. */
const known = new WeakMap<TenantWork, Claims>();

function claimsOf(work: TenantWork): Claims {
  const present = known.get(work);
  if (present !== undefined) return present;
  const held = prefixesOf([...(work.current?.rules ?? []), ...work.taken.flatMap(({ rules }) => rules)]);
  const wanted = prefixesOf(work.desired.rules);
  const claims = { granted: beyond(wanted, held), withdrawn: beyond(held, wanted) };
  known.set(work, claims);
  return claims;
}

type PrefixesByRule = ReadonlyMap<string, ReadonlySet<string>>;

function prefixesOf(rules: readonly DesiredRule[]): PrefixesByRule {
  const prefixes = new Map<string, Set<string>>();
  for (const rule of rules) {
    if (isDenial(rule.action)) continue;
    const known = prefixes.get(ruleKey(rule)) ?? new Set();
    for (const prefix of heldPrefixes(rule) ?? []) known.add(prefix);
    prefixes.set(ruleKey(rule), known);
  }
  return prefixes;
}

function beyond(rules: PrefixesByRule, others: PrefixesByRule): AddressSet {
  const set = new AddressSet();
  for (const [key, prefixes] of rules) {
    const other = others.get(key);
    set.add([...prefixes].filter((prefix) => other?.has(prefix) !== true));
  }
  return set;
}

function byUrgency(left: TenantWork, right: TenantWork): number {
  const rank = (work: TenantWork) => (onlyCloses(work) ? -1 : Number(!withdraws(work)));
  const common = (work: TenantWork) => Number(work.desired.tenant !== commonTenant);
  return (
    rank(left) - rank(right) ||
    common(left) - common(right) ||
    comparePending(left.pendingSince, right.pendingSince) ||
    compareTexts(left.desired.tenant, right.desired.tenant)
  );
}

/** The oldest change first; what waits for no change comes last. */
function comparePending(left: Date | null, right: Date | null): number {
  if (left === null || right === null) return Number(left === null) - Number(right === null);
  return left.getTime() - right.getTime();
}
