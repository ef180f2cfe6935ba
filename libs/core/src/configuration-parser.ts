import {
  commonTenant,
  type Configuration,
  type Layout,
  type LogConfiguration,
  type RouteDomain,
  type TenantConfiguration,
} from './configuration.js';
import { type ConfigurationProblem, DocumentReader, type MapReader } from './configuration-reader.js';
import { isJsonObject } from './json.js';
import { canonicalPrefix } from './network.js';
import { renderTemplate } from './template.js';

export interface ParsedConfiguration {
  /** Null when there is at least one error. */
  readonly configuration: Configuration | null;
  readonly problems: readonly ConfigurationProblem[];
}

/** ces-conf.yaml cannot be used; the message names every key and line that is at fault. */
export class InvalidConfiguration extends Error {
  override readonly name = 'InvalidConfiguration';

  constructor(readonly problems: readonly ConfigurationProblem[]) {
    const errors = problems.filter(({ severity }) => severity === 'error');
    const places = errors.map(({ key, line, message }) => `line ${line}: ${key === '' ? '' : `${key} `}${message}`);
    super(`ces-conf.yaml is not valid: ${places.join('; ')}`);
  }
}

/** @throws InvalidConfiguration */
export function requireConfiguration(text: string): Configuration {
  const { configuration, problems } = parseConfiguration(text);
  if (configuration === null) throw new InvalidConfiguration(problems);
  return configuration;
}

/** Reads the text of ces-conf.yaml. Pure; never throws for what the text holds. */
export function parseConfiguration(text: string): ParsedConfiguration {
  const reader = new DocumentReader(text);
  const { root } = reader;
  // What is missing cannot be told of a text that is not understood.
  if (reader.problems.length > 0) return { configuration: null, problems: reader.problems };
  const clusterName = readClusterName(root, 'clusterName', '');
  if (clusterName === '') root.error('clusterName', 'is missing; name this cluster');
  const masterCluster = readClusterName(root, 'masterCluster', clusterName);
  const layout = root.oneOf<Layout>('layout', ['in-place', 'rule-lists'], 'rule-lists');
  const routeDomains = root.boolean('isSupportRouteDomain', false);
  const configuration: Configuration = {
    clusterName,
    masterCluster,
    deviceName: readDeviceName(root),
    routeDomains,
    schemaVersion: readSchemaVersion(root),
    bandwidths: readBandwidths(root),
    namespaceSource: root.oneOf('namespaceSource', ['auto', 'annotation', 'pods'], 'auto'),
    endpointsWithoutPods: root.oneOf('endpointsWithoutPods', ['allow', 'deny'], 'deny') === 'allow',
    observe: root.boolean('observe', false),
    takeover: root.oneOf('takeover', ['hold', 'automatic'], 'hold'),
    drift: root.oneOf('drift', ['repair', 'report'], 'repair'),
    driftInterval: root.whole('driftInterval', 300, 30, 86_400),
    keepDeclarations: root.whole('keepDeclarations', 90, 1, 36_500),
    defaultDeny: root.oneOf('defaultDeny', ['from-first-rule', 'always'], 'from-first-rule'),
    tenants: readTenants(root, layout, routeDomains, masterCluster),
    log: readLog(root, masterCluster),
  };
  root.warnOfUnknownKeys();
  const failed = reader.problems.some((problem) => problem.severity === 'error');
  return { configuration: failed ? null : deepFreeze(configuration), problems: reader.problems };
}

function readClusterName(root: MapReader, key: string, fallback: string): string {
  const name = root.text(key, fallback) || fallback;
  if (name !== '' && root.has(key) && !/^[A-Za-z][A-Za-z0-9.-]{0,62}$/.test(name)) {
    root.error(key, 'must begin with a letter and hold letters, digits, "." and "-" only');
  }
  return name;
}

function readDeviceName(root: MapReader): string {
  const name = root.text('deviceName', 'bigip');
  if (!/^[A-Za-z0-9][A-Za-z0-9.-]{0,62}$/.test(name))
    root.error('deviceName', 'must hold letters, digits, "." and "-" only');
  return name;
}

function readSchemaVersion(root: MapReader): string {
  const version = root.text('schemaVersion', '3.29.0');
  if (!/^3\.\d{1,3}\.\d{1,3}$/.test(version))
    root.error('schemaVersion', 'must be a version of AS3 3, such as "3.56.0"');
  return version;
}

function readBandwidths(root: MapReader): string[] {
  const names = root.texts('iRule');
  const wrong = names.find((name) => !/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,254}$/.test(name));
  if (wrong !== undefined) root.error('iRule', 'must list names of iRules in /Common, without a path');
  return [...new Set(names)];
}

function readTenants(
  root: MapReader,
  layout: Layout,
  routeDomains: boolean,
  masterCluster: string,
): TenantConfiguration[] {
  const readers = root.maps('tenant');
  const tenants = readers.map((reader) => readTenant(reader, layout, routeDomains, masterCluster));
  const seenNames = new Set<string>();
  const seenNamespaces = new Map<string, string>();
  const seenRouteDomains = new Map<number, string>();
  tenants.forEach((tenant, index) => {
    const reader = readers[index];
    if (seenNames.has(tenant.name)) reader?.error('name', 'is used by an earlier tenant');
    seenNames.add(tenant.name);
    const id = tenant.routeDomain?.id ?? 0;
    const other = seenRouteDomains.get(id);
    if (id !== 0 && routeDomains && other !== undefined)
      reader?.warning('routeDomain', `has the id of that of the tenant "${other}"; a route domain is in one partition`);
    seenRouteDomains.set(id, tenant.name);
    for (const namespace of tenant.namespaces) {
      if (seenNamespaces.has(namespace))
        reader?.error(
          'namespaces',
          `lists a namespace that the tenant "${seenNamespaces.get(namespace) ?? ''}" lists too`,
        );
      seenNamespaces.set(namespace, tenant.name);
    }
  });
  if (!seenNames.has(commonTenant))
    root.error('tenant', 'must have an entry named Common: the global policy lives there');
  return tenants.sort((left, right) => Number(right.name === commonTenant) - Number(left.name === commonTenant));
}

function readTenant(
  reader: MapReader,
  layout: Layout,
  routeDomains: boolean,
  masterCluster: string,
): TenantConfiguration {
  const name = reader.text('name', '');
  if (!/^[A-Za-z][0-9A-Za-z_.-]{0,127}$/.test(name)) {
    reader.error('name', 'must name a BIG-IP partition: a letter, then letters, digits, "_", "." and "-"');
  }
  if (reservedNames.has(name)) reader.error('name', 'has a meaning of its own in AS3; choose another partition');
  const namespaces = reader.texts('namespaces');
  if (namespaces.some((namespace) => !/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(namespace))) {
    reader.error('namespaces', 'must list names of namespaces, separated by commas');
  }
  const virtualService = reader.map('virtualService');
  const addresses = virtualService.map('virtualAddresses');
  const tenant: TenantConfiguration = {
    name,
    namespaces: [...new Set(namespaces)],
    routeDomain: readRouteDomain(reader, name, routeDomains),
    layout: reader.oneOf<Layout>('layout', ['in-place', 'rule-lists'], layout),
    virtualServer: {
      template: readTemplate(virtualService, name, masterCluster),
      virtualAddress: readAddress(addresses, 'virtualAddress', '0.0.0.0'),
      icmpEcho: addresses.oneOf('icmpEcho', ['enable', 'disable', 'selective'], 'disable'),
      arpEnabled: addresses.boolean('arpEnabled', false),
    },
    gatewayPool: readGatewayPool(reader),
  };
  // CES 0.5 accepts and ignores a template here.
  addresses.has('template');
  for (const map of [reader, virtualService, addresses]) map.warnOfUnknownKeys();
  return tenant;
}

/** Members of an AS3 declaration that are no tenants (class ADC in its schema). */
const reservedNames: ReadonlySet<string> = new Set([
  ...['class', 'schemaVersion', 'updateMode', 'id', 'label', 'remark', 'target', 'constants', 'controls', 'scratch'],
]);

function readRouteDomain(reader: MapReader, tenant: string, routeDomains: boolean): RouteDomain | null {
  if (tenant === commonTenant) {
    reader.has('routeDomain');
    return { id: 0, name: '0' };
  }
  const map = reader.map('routeDomain');
  if (!reader.has('routeDomain')) {
    if (routeDomains) reader.error('routeDomain', 'is missing; isSupportRouteDomain asks for its id and name');
    return null;
  }
  const routeDomain = { id: map.whole('id', 0, 0, 65534), name: map.text('name', '') };
  if (!map.has('id')) map.error('id', 'is missing; it is the number of the route domain');
  if (!/^[0-9A-Za-z_][0-9A-Za-z_.-]{0,127}$/.test(routeDomain.name))
    map.error('name', 'must name a route domain of the partition');
  map.warnOfUnknownKeys();
  return routeDomain;
}

function readTemplate(map: MapReader, tenant: string, masterCluster: string): string | null {
  const template = map.text('template', '').trim();
  if (template === '') return null;
  try {
    renderTemplate(template, tenant, masterCluster);
  } catch {
    map.error('template', 'is not a JSON object');
  }
  return template;
}

function readGatewayPool(reader: MapReader): string[] {
  const pool = reader.map('gwPool');
  const addresses = pool.texts('serverAddresses');
  if (addresses.some((address) => !isAddress(address.replace(/%\d{1,5}$/, ''))))
    pool.error('serverAddresses', 'must list IP addresses');
  pool.warnOfUnknownKeys();
  return addresses;
}

function readLog(root: MapReader, masterCluster: string): LogConfiguration | null {
  const map = root.map('logPool');
  const template = readTemplate(map, commonTenant, masterCluster);
  const enabled = map.boolean('loggingEnabled', false);
  if (template !== null && !map.has('loggingEnabled'))
    map.warning('template', 'has no effect: loggingEnabled is not true');
  const log = {
    remote: map.boolean('enableRemoteLog', false),
    healthMonitor: map.text('healthMonitor', 'tcp'),
    servers: map.texts('serverAddresses').map((text) => readServer(map, text)),
  };
  if (!/^[0-9A-Za-z_][0-9A-Za-z_.-]{0,254}$/.test(log.healthMonitor))
    map.error('healthMonitor', 'must name a monitor in /Common, without a path');
  map.warnOfUnknownKeys();
  if (!enabled) return null;
  if (template === null) {
    map.error('template', 'is missing; loggingEnabled asks for a Security_Log_Profile and a Log_Publisher');
    return null;
  }
  if (!holdsClass(template, 'Security_Log_Profile'))
    map.warning('template', 'holds no Security_Log_Profile: nothing will be logged');
  return { ...log, template };
}

function holdsClass(template: string, name: string): boolean {
  try {
    const objects = Object.values(renderTemplate(template, commonTenant, ''));
    return objects.some((object) => isJsonObject(object) && object['class'] === name);
  } catch {
    return false;
  }
}

/** "address:port", port 514 when absent; an IPv6 address with a port stands in brackets. */
function readServer(map: MapReader, text: string): { address: string; port: number } {
  const match = /^(?:\[([^\]]+)\]|([^:]+|[0-9a-fA-F:]*::?[0-9a-fA-F:]*))(?::(\d{1,5}))?$/.exec(text);
  const bare = isAddress(text);
  const address = bare ? text : (match?.[1] ?? match?.[2] ?? '');
  const port = bare ? 514 : Number(match?.[3] ?? 514);
  if (!isAddress(address) || port < 1 || port > 65535)
    map.error('serverAddresses', 'must list addresses, with or without ":port"');
  return { address, port };
}

function readAddress(map: MapReader, key: string, fallback: string): string {
  const address = map.text(key, fallback);
  if (canonicalPrefix(address) === null) map.error(key, 'must be an IP address');
  return address;
}

function isAddress(text: string): boolean {
  const canonical = canonicalPrefix(text);
  return canonical !== null && !text.includes('/');
}

function deepFreeze<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(deepFreeze);
  }
  return value;
}
