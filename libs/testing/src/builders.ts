import { type Configuration, type TenantConfiguration } from '#core/configuration';
import { type AcceptedDestination, type DesiredRule, type DesiredTenant } from '#core/desired';
import { type TenantWork } from '#project/ports/desired-state';

/** Builders of valid things: a test names only what matters to it. */
export function configuration(overrides: Partial<Configuration> = {}): Configuration {
  return {
    clusterName: 'k8s',
    masterCluster: 'k8s',
    deviceName: 'bigip',
    routeDomains: false,
    schemaVersion: '3.56.0',
    bandwidths: [],
    namespaceSource: 'auto',
    endpointsWithoutPods: false,
    takeover: 'hold',
    observe: false,
    drift: 'repair',
    driftInterval: 300,
    keepDeclarations: 90,
    defaultDeny: 'from-first-rule',
    tenants: [tenantConfiguration()],
    log: null,
    ...overrides,
  };
}

export function tenantConfiguration(overrides: Partial<TenantConfiguration> = {}): TenantConfiguration {
  return {
    name: 'Common',
    namespaces: ['default'],
    routeDomain: { id: 0, name: '0' },
    layout: 'in-place',
    virtualServer: { template: null, virtualAddress: '0.0.0.0', icmpEcho: 'disable', arpEnabled: false },
    gatewayPool: ['192.0.2.1'],
    ...overrides,
  };
}

export function destination(overrides: Partial<AcceptedDestination> = {}): AcceptedDestination {
  return {
    externalService: 'payments',
    addresses: ['198.51.100.7'],
    domainNames: [],
    services: [{ key: 'tcp', protocol: 'tcp', ports: ['443'], bandwidth: null }],
    ...overrides,
  };
}

export function desiredRule(overrides: Partial<DesiredRule> = {}): DesiredRule {
  return {
    cluster: 'k8s',
    kind: 'ServiceEgressRule',
    uid: 'rule-1',
    namespace: 'default',
    name: 'allow-shop',
    tenant: 'Common',
    action: 'accept',
    logging: false,
    priority: 1000,
    createdAt: '2026-01-01T00:00:00Z',
    source: { type: 'service', namespace: 'default', service: 'shop' },
    destinations: [destination()],
    prefixes: ['10.1.2.3'],
    ...overrides,
  };
}

export function desiredTenant(overrides: Partial<DesiredTenant> = {}): DesiredTenant {
  return { tenant: 'Common', configurations: [configuration()], rules: [desiredRule()], ...overrides };
}

export function tenantWork(overrides: Partial<TenantWork> = {}): TenantWork {
  return {
    desired: desiredTenant(),
    pin: null,
    position: 10,
    wanted: 10,
    applied: 0,
    resync: null,
    current: null,
    taken: [],
    moving: [],
    lastGood: null,
    pendingSince: null,
    quarantined: [],
    drift: { present: null, repairs: 0, lastRepair: null },
    takeover: { found: null, approved: null },
    withdrawn: [],
    ...overrides,
  };
}
