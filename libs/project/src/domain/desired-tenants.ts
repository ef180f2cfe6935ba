import { commonTenant, type Configuration } from '#core/configuration';
import { parseConfiguration } from '#core/configuration-parser';
import { type AcceptedRule, type DesiredRule, type DesiredTenant } from '#core/desired';
import { withRouteDomain } from '#core/network';
import { compareRules, compareTexts } from '#core/order';
import { type SourceGrant } from '#core/source-set';
import { type ClusterModel, tenantsOf } from './cluster-model.js';

/**
 * Everything that the tenants of one cluster should hold, Common first, then by name: what `ces compile` compiles.
 * Empty before there is a configuration and every kind is synced.
 */
export function desiredTenants(model: ClusterModel): DesiredTenant[] {
  const { configuration } = model;
  if (configuration === null || !model.complete) return [];
  const rules = [...model.rules()].flatMap(({ accepted, grants }) =>
    accepted === null ? [] : [desiredRule(accepted, grants === null ? null : [...grants.values()])],
  );
  const scope = { configuration, retired: Object.fromEntries(model.retired) };
  return [...tenantsOf(configuration), ...model.retired.keys()]
    .sort(compareTenants)
    .map((tenant) => desiredTenant(tenant, [scope], rules));
}

/** What one cluster contributes to tenants besides rules. */
export interface ClusterScope {
  readonly configuration: Configuration;
  /** By tenants that an earlier configuration named: its text. */
  readonly retired: Readonly<Record<string, string>>;
}

/** One tenant, out of the clusters and rules of a device. */
export function desiredTenant(
  tenant: string,
  scopes: readonly ClusterScope[],
  rules: readonly DesiredRule[],
): DesiredTenant {
  const configurations = scopes
    .flatMap((scope) => configurationFor(tenant, scope) ?? [])
    .sort((left, right) => compareTexts(left.clusterName, right.clusterName));
  return { tenant, configurations, rules: rules.filter((rule) => rule.tenant === tenant).sort(compareRules) };
}

/** A tenant that is no longer configured keeps the configuration that it had last: it still has to be emptied. */
function configurationFor(tenant: string, { configuration, retired }: ClusterScope): Configuration | null {
  if (tenantsOf(configuration).includes(tenant)) return configuration;
  const text = Object.hasOwn(retired, tenant) ? retired[tenant] : undefined;
  return text === undefined ? null : parseConfiguration(text).configuration;
}

/** @param grants of the rule's source set; null when it is everyone. */
export function desiredRule(
  accepted: AcceptedRule,
  grants: readonly Pick<SourceGrant, 'prefix' | 'routeDomain'>[] | null,
): DesiredRule {
  if (grants === null) return { ...accepted, prefixes: null };
  const prefixes = new Set(grants.map((grant) => declaredPrefix(grant, accepted.tenant)));
  return { ...accepted, prefixes: [...prefixes].sort() };
}

/** In Common addresses of other route domains say so; a tenant's own have its default route domain (as3.md, classes). */
function declaredPrefix({ prefix, routeDomain }: Pick<SourceGrant, 'prefix' | 'routeDomain'>, tenant: string): string {
  return tenant === commonTenant ? withRouteDomain(prefix, routeDomain) : prefix;
}

/** Common first, then by name. */
export function compareTenants(left: string, right: string): number {
  return Number(right === commonTenant) - Number(left === commonTenant) || compareTexts(left, right);
}
