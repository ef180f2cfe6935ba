/**
 * What ces-conf.yaml says, understood and frozen: CES 0.5's keys keep their meaning (reference: CES 0.5 contract), newer
 * ones are optional.
 */
export interface Configuration {
  /** This cluster; the prefix of the objects that belong to its rules. */
  readonly clusterName: string;
  /** The cluster that owns the objects shared on one BIG-IP; their prefix. */
  readonly masterCluster: string;
  /** The BIG-IP, or pair, that this installation drives. */
  readonly deviceName: string;
  /** `isSupportRouteDomain`: whether a namespace's tenant comes from `tenants`, or is always Common. */
  readonly routeDomains: boolean;
  /** AS3 schema version to declare, such as `3.56.0`. */
  readonly schemaVersion: string;
  /** Names of the iRules in /Common that a port's `bandwidth` may name. */
  readonly bandwidths: readonly string[];
  readonly namespaceSource: 'auto' | 'annotation' | 'pods';
  readonly endpointsWithoutPods: boolean;
  /** What happens on first contact with a partition that another controller filled. */
  readonly takeover: 'hold' | 'automatic';
  /** Only compile, compare and report: nothing is written to the device. One cluster that observes is enough. */
  readonly observe: boolean;
  /** What happens when the device no longer holds what was applied: it is declared again, or only said. */
  readonly drift: 'repair' | 'report';
  /** How often each tenant is compared with what was applied, in seconds. */
  readonly driftInterval: number;
  /** How long what was declared is kept whole after another version has replaced it, in days. */
  readonly keepDeclarations: number;
  /** When a tenant with its deny-all is declared: with its first rule, or always. */
  readonly defaultDeny: 'from-first-rule' | 'always';
  /** Common is always among them, and first. */
  readonly tenants: readonly TenantConfiguration[];
  /** Null when nothing is to be logged. */
  readonly log: LogConfiguration | null;
}

/** `in-place`: every change is one transaction. `rule-lists`: the objects of CES 0.5, removals in two steps. */
export type Layout = 'in-place' | 'rule-lists';

export interface TenantConfiguration {
  /** The BIG-IP partition. */
  readonly name: string;
  readonly namespaces: readonly string[];
  readonly routeDomain: RouteDomain | null;
  readonly layout: Layout;
  readonly virtualServer: {
    /** JSON text of a Service_L4, null for the one that CES writes itself. See core/template. */
    readonly template: string | null;
    readonly virtualAddress: string;
    readonly icmpEcho: 'enable' | 'disable' | 'selective';
    readonly arpEnabled: boolean;
  };
  readonly gatewayPool: readonly string[];
}

export interface RouteDomain {
  readonly id: number;
  readonly name: string;
}

export interface LogConfiguration {
  readonly remote: boolean;
  /** Name of a monitor in /Common. */
  readonly healthMonitor: string;
  readonly servers: readonly { readonly address: string; readonly port: number }[];
  /** JSON text of a Security_Log_Profile, a Log_Publisher and Log_Destinations. See core/template. */
  readonly template: string;
}

export const commonTenant = 'Common';

/** The tenant that the rules of a namespace are declared in, null when the configuration lists it nowhere. */
export function tenantOfNamespace(configuration: Configuration, namespace: string): string | null {
  const tenant = configuration.tenants.find((candidate) => candidate.namespaces.includes(namespace));
  if (tenant === undefined) return null;
  return configuration.routeDomains ? tenant.name : commonTenant;
}

/**
 * The route domain in which the addresses of a namespace live: 0 in the default one and where route domains are off, null
 * for a namespace that the configuration lists nowhere.
 */
export function routeDomainOfNamespace(configuration: Configuration, namespace: string): number | null {
  const tenant = configuration.tenants.find((candidate) => candidate.namespaces.includes(namespace));
  if (tenant === undefined) return null;
  return configuration.routeDomains ? (tenant.routeDomain?.id ?? 0) : 0;
}

export function tenantConfiguration(configuration: Configuration, tenant: string): TenantConfiguration | undefined {
  return configuration.tenants.find((candidate) => candidate.name === tenant);
}
