import { pathOf, ruleNames } from '#compile/names';
import { ownerOf } from '#compile/ownership';
import { contextOf, policyName } from '#compile/tenant-policies';
import { type TenantPlan } from '#compile/tenant-plan';
import { commonTenant } from '#core/configuration';
import { type DesiredRule, type DesiredTenant } from '#core/desired';
import { canonicalPrefix, withRouteDomain } from '#core/network';
import { heldPrefixes, ruleKey } from '#project/domain/last-good';
import { type HeldInstead, type RulePrefixes } from '#project/ports/drift';
import { type DeviceDifference } from './differences.js';

/**
 * For which prefixes rules no longer stand on the device, and for which others they do, going by the differences between
 * the device and the declaration. A rule no longer stands for a prefix that its source list lacks, nor for any of them
 * when a policy, an entry in one, a rule list or a source list is gone.
 */
export function heldInstead(
  declared: DesiredTenant,
  plan: TenantPlan,
  differences: readonly DeviceDifference[],
): HeldInstead {
  const { tenant } = declared;
  if (
    differences.some(
      ({ object, type, property }) => type === 'missing' && property.length === 0 && object === `/${tenant}/`,
    )
  ) {
    return { without: 'all', besides: [] };
  }
  const without = new Map<string, Prefixes>();
  const besides = new Map<string, Prefixes>();
  for (const { object, type, property } of differences) {
    const [member, entry] = property;
    const inPolicy = member === 'rules' && entry !== undefined;
    const rule = ownerOf(inPolicy ? entry : object, declared);
    if (type === 'missing' && property.length === (inPolicy ? 2 : 0)) {
      if (rule === null) for (const one of rulesIn(object, declared, plan)) add(without, one, null);
      else if (inPolicy || !isDestinationOrPorts(object, rule, tenant)) add(without, rule, null);
    }
    if (rule === null || member !== 'addresses' || entry === undefined) continue;
    if (!object.endsWith(`/${ruleNames(rule, tenant).sources}`)) continue;
    if (type === 'missing') add(without, rule, declaredAs(entry, rule));
    if (type === 'extra') add(besides, rule, foundAs(entry, tenant));
  }
  return { without: [...without.values()].map(plain), besides: [...besides.values()].map(plain) };
}

interface Prefixes {
  readonly rule: DesiredRule;
  /** Null for all of them. */
  prefixes: string[] | null;
}

function add(to: Map<string, Prefixes>, rule: DesiredRule, prefixes: readonly string[] | null): void {
  const known = to.get(ruleKey(rule)) ?? { rule, prefixes: [] };
  to.set(ruleKey(rule), known);
  if (prefixes === null) known.prefixes = null;
  else known.prefixes?.push(...prefixes);
}

function plain({ rule: { cluster, uid }, prefixes }: Prefixes): RulePrefixes {
  return { cluster, uid, prefixes };
}

/** The rules that stand in a policy. */
function rulesIn(object: string, { rules, tenant }: DesiredTenant, plan: TenantPlan): readonly DesiredRule[] {
  return rules.filter(({ kind }) => object === pathOf(tenant, policyName(plan, contextOf(kind))));
}

/** Without its destinations or ports a rule still stands for its sources, only for less. */
function isDestinationOrPorts(object: string, rule: DesiredRule, tenant: string): boolean {
  const names = ruleNames(rule, tenant);
  return rule.destinations.some(({ externalService, services }) =>
    [names.destinations(externalService), ...services.map(({ key }) => names.ports(externalService, key))].some(
      (name) => object === pathOf(tenant, name),
    ),
  );
}

/** The device writes the route domain into an address: the rule's prefixes that it means. */
function declaredAs(entry: string, rule: DesiredRule): string[] {
  return (heldPrefixes(rule) ?? []).filter((prefix) => withoutRouteDomain(prefix) === withoutRouteDomain(entry));
}

/** An entry that is no address of one host or network is in the audit entry alone. In Common a prefix says its route domain. */
function foundAs(entry: string, tenant: string): string[] {
  const prefix = canonicalPrefix(withoutRouteDomain(entry));
  if (prefix === null) return [];
  const routeDomain = tenant === commonTenant ? Number(/%(\d+)/.exec(entry)?.[1] ?? 0) : 0;
  return [withRouteDomain(prefix, routeDomain)];
}

function withoutRouteDomain(text: string): string {
  return text.replace(/%\d+/, '');
}
