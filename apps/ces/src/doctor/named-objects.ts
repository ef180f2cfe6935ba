import { compileTenant } from '#compile/compile-tenant';
import { commonTenant, type Configuration } from '#core/configuration';
import { isJsonObject, type JsonValue } from '#core/json';

/** An object of the BIG-IP that ces-conf.yaml refers to, and that CES does not declare itself. */
export interface NamedObject {
  /** Full path. */
  readonly path: string;
  /** In words: `iRule`. */
  readonly what: string;
  /** Where iControl has it: one of these. */
  readonly collections: readonly string[];
}

type Kind = Omit<NamedObject, 'path'>;

const iRule: Kind = { what: 'iRule', collections: ['ltm/rule'] };
const publisher: Kind = { what: 'log publisher', collections: ['sys/log-config/publisher'] };
const monitorTypes = ['gateway-icmp', 'icmp', 'tcp', 'tcp-half-open', 'udp', 'http', 'https', 'external'];
const destinationTypes = ['local-database', 'local-syslog', 'remote-high-speed-log', 'remote-syslog', 'splunk'];

/** By the property of AS3 that refers to it. */
const kinds: Readonly<Record<string, Kind>> = {
  iRule,
  iRules: iRule,
  monitors: { what: 'monitor', collections: monitorTypes.map((type) => `ltm/monitor/${type}`) },
  pool: { what: 'pool', collections: ['ltm/pool'] },
  profileL4: { what: 'FastL4 profile', collections: ['ltm/profile/fastl4'] },
  policyBandwidthControl: { what: 'bandwidth controller', collections: ['net/bwc/policy'] },
  securityLogProfiles: { what: 'logging profile', collections: ['security/log/profile'] },
  profileProtocolInspection: {
    what: 'protocol inspection profile',
    collections: ['security/protocol-inspection/profile'],
  },
  ipIntelligencePolicy: { what: 'IP intelligence policy', collections: ['security/ip-intelligence/policy'] },
  publisher,
  destinations: {
    what: 'log destination',
    collections: destinationTypes.map((type) => `sys/log-config/destination/${type}`),
  },
};

/** What the tenants would refer to with their first rule, and the iRules that rules may name as `bandwidth`. */
export function namedObjects(configuration: Configuration): readonly NamedObject[] {
  const found = new Map<string, NamedObject>();
  for (const name of configuration.bandwidths) found.set(`/Common/${name}`, { path: `/Common/${name}`, ...iRule });
  const tenants = configuration.tenants.filter(({ name }) => configuration.routeDomains || name === commonTenant);
  for (const { name: tenant } of tenants) {
    const desired = { tenant, configurations: [{ ...configuration, defaultDeny: 'always' } as const], rules: [] };
    const compiled = compileTenant({ desired, as3Version: configuration.schemaVersion, stored: null });
    if (compiled !== null) collect(compiled.declaration, null, found);
  }
  return [...found.values()].sort((left, right) => left.path.localeCompare(right.path));
}

/** @param property that the value stands in; null where it says nothing of what is referred to. */
function collect(value: JsonValue, property: string | null, found: Map<string, NamedObject>): void {
  if (Array.isArray(value)) {
    for (const item of value as readonly JsonValue[]) collect(item, property, found);
    return;
  }
  if (!isJsonObject(value)) return;
  const { bigip: path } = value;
  const kind = property !== null && Object.hasOwn(kinds, property) ? kinds[property] : undefined;
  if (typeof path === 'string' && kind !== undefined) found.set(path, { path, ...kind });
  for (const [name, member] of Object.entries(value)) collect(member, name, found);
}
