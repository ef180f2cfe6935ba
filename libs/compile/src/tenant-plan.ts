import {
  commonTenant,
  type Configuration,
  type Layout,
  type TenantConfiguration,
  tenantConfiguration,
} from '#core/configuration';
import { type DesiredTenant } from '#core/desired';
import { compareTexts } from '#core/order';
import { type SharedNames, sharedNames } from './names.js';
import { type Installation } from './ownership.js';

/** How a tenant is to be declared: what its configurations say, settled where there are several clusters. */
export interface TenantPlan {
  readonly tenant: string;
  /** The configuration that decides for the tenant: the master cluster's where it is served here. */
  readonly configuration: Configuration;
  /** Null when the configuration does not list the tenant (any more): then it only loses what is ours. */
  readonly tenantConfiguration: TenantConfiguration | null;
  readonly layout: Layout;
  readonly names: SharedNames;
  /** Whose objects are ours. Its master is null where the shared objects belong to another installation. */
  readonly installation: Installation;
}

/**
 * Several clusters may disagree; then the master cluster's configuration decides, and the first by name where the master
 * is served elsewhere (ADR 16). Null without any configuration.
 */
export function planTenant(desired: DesiredTenant): TenantPlan | null {
  const { tenant } = desired;
  const configurations = [...desired.configurations].sort((left, right) =>
    compareTexts(left.clusterName, right.clusterName),
  );
  const configuration =
    leading(configurations.filter((candidate) => lists(candidate, tenant))) ?? leading(configurations);
  if (configuration === null) return null;
  const { masterCluster } = configuration;
  const listed = tenantConfiguration(configuration, tenant) ?? null;
  const served = configurations.map(({ clusterName }) => clusterName);
  const clusters = [...new Set([...served, ...desired.rules.map(({ cluster }) => cluster)])];
  const routeDomain = configuration.routeDomains ? (listed?.routeDomain?.name ?? 'rd') : 'rd';
  return {
    tenant,
    configuration,
    tenantConfiguration: listed,
    layout: listed?.layout ?? 'rule-lists',
    names: sharedNames(masterCluster, routeDomain, tenant),
    installation: { clusters, master: listed !== null && served.includes(masterCluster) ? masterCluster : null },
  };
}

function lists(configuration: Configuration, tenant: string): boolean {
  return (
    (tenant === commonTenant || configuration.routeDomains) && tenantConfiguration(configuration, tenant) !== undefined
  );
}

function leading(configurations: readonly Configuration[]): Configuration | null {
  return (
    configurations.find(({ clusterName, masterCluster }) => clusterName === masterCluster) ?? configurations[0] ?? null
  );
}
