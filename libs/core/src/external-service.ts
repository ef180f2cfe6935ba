import { isJsonObject, type JsonObject, type JsonValue } from './json.js';
import { canonicalDomainName, canonicalPrefix, canonicalRange, isUnspecified } from './network.js';
import { firstProblems, type Problem } from './problem.js';

/** Where rules allow or deny traffic to. */
export interface Destinations {
  /** Canonical addresses, CIDRs and ranges, sorted, each once. */
  readonly addresses: readonly string[];
  /** Domain names in lower case, sorted, each once. */
  readonly domainNames: readonly string[];
  /** What traffic: one firewall rule each, sorted by key. Never empty: without ports it is `any`. */
  readonly services: readonly TrafficGroup[];
}

/** The ports of one protocol that share their treatment; KEY of the CES 0.5 contract names it. */
export interface TrafficGroup {
  readonly key: string;
  /** In lower case; `any` for every protocol. */
  readonly protocol: string;
  /** `80` or `80-90`, in numerical order; empty for every port of the protocol. */
  readonly ports: readonly string[];
  /** Name of an iRule in /Common that limits the bandwidth, null without one. */
  readonly bandwidth: string | null;
}

/**
 * What was understood, and what was not. A permission is declared only when `problems` is empty; of a denial that was
 * never understood before, what was understood is declared.
 */
export interface ParsedExternalService {
  readonly destinations: Destinations;
  readonly problems: readonly Problem[];
}

/**
 * Reads the spec of an ExternalService.
 * @param bandwidths names of the iRules that `bandwidth` may name (`iRule` in ces-conf.yaml).
 */
export function parseExternalService(
  name: string,
  spec: JsonValue,
  bandwidths: readonly string[],
): ParsedExternalService {
  const problems: Problem[] = [];
  const report = (reason: Problem['reason'], message: string) => {
    problems.push({ reason, message: `External service "${name}": ${message}` });
  };
  const body = isJsonObject(spec) ? spec : {};
  const { addresses, domainNames } = parseAddresses(body['addresses'], report);
  const services = parsePorts(body['ports'], bandwidths, report);
  return { destinations: { addresses, domainNames, services }, problems: firstProblems(problems) };
}

type Report = (reason: Problem['reason'], message: string) => void;

function parseAddresses(value: JsonValue | undefined, report: Report): { addresses: string[]; domainNames: string[] } {
  const addresses = new Set<string>();
  const domainNames = new Set<string>();
  const entries = Array.isArray(value) ? (value as readonly JsonValue[]) : [];
  if (entries.length === 0)
    report('NoDestinations', 'spec.addresses is empty; list an address, a CIDR or a domain name.');
  for (const entry of entries) {
    const text = typeof entry === 'string' ? entry.trim() : '';
    const address = canonicalPrefix(text) ?? canonicalRange(text);
    const domainName = address === null ? canonicalDomainName(text) : null;
    if (address !== null) addresses.add(address);
    if (address !== null && isUnspecified(address)) {
      report('InvalidAddress', `${shown(entry)} is no host's address; write ${address}/0 for every address.`);
    }
    if (domainName !== null) domainNames.add(domainName);
    if (address === null && domainName === null)
      report('InvalidAddress', `${shown(entry)} is neither an address, a CIDR, a range nor a domain name.`);
  }
  return { addresses: [...addresses].sort(), domainNames: [...domainNames].sort() };
}

interface PortEntry {
  readonly index: number;
  readonly name: string | null;
  readonly protocols: readonly string[];
  readonly ports: readonly string[];
  readonly bandwidth: string | null;
}

function parsePorts(value: JsonValue | undefined, bandwidths: readonly string[], report: Report): TrafficGroup[] {
  if (value === undefined || value === null || (Array.isArray(value) && value.length === 0)) {
    return [{ key: 'any', protocol: 'any', ports: [], bandwidth: null }];
  }
  if (!Array.isArray(value)) {
    report('InvalidPort', 'spec.ports must be a list.');
    return [];
  }
  const entries = (value as readonly JsonValue[]).flatMap((entry, index) => {
    const parsed = parsePort(entry, index, bandwidths, report);
    return parsed === null ? [] : [parsed];
  });
  return groupPorts(entries);
}

function parsePort(entry: JsonValue, index: number, bandwidths: readonly string[], report: Report): PortEntry | null {
  const at = `spec.ports[${String(index)}]`;
  if (!isJsonObject(entry)) {
    report('InvalidPort', `${at} must be an object.`);
    return null;
  }
  const odd = ['name', 'protocol', 'bandwidth'].find((key) => !isTextOrMissing(entry[key]));
  if (odd !== undefined) {
    report('InvalidPort', `${at}.${odd} ${shown(entry[odd])} is not a text.`);
    return null;
  }
  const bandwidth = text(entry, 'bandwidth');
  if (bandwidth !== null && !bandwidths.includes(bandwidth)) {
    report(
      'UnknownBandwidth',
      `${at} names the bandwidth ${shown(bandwidth)}, which is not listed under iRule in ces-conf.yaml.`,
    );
    return null;
  }
  const protocol = text(entry, 'protocol')?.toLowerCase() ?? null;
  if (protocol !== null && !protocolNames.has(protocol)) {
    report('InvalidPort', `${at}.protocol ${shown(protocol)} is not a protocol that a firewall rule can name.`);
    return null;
  }
  const ports = parsePortText(entry['port']);
  if (ports === null) {
    report(
      'InvalidPort',
      `${at}.port ${shown(entry['port'])} is not a list of ports and ranges from 1 to 65535, such as "80,8000-8010".`,
    );
    return null;
  }
  if (protocol === null && ports.length === 0) {
    report('InvalidPort', `${at} has neither protocol nor port; leave spec.ports out for any traffic.`);
    return null;
  }
  if (ports.length > 0 && protocol !== null && !protocolsWithPorts.has(protocol)) {
    report('InvalidPort', `${at}: the protocol ${protocol} has no ports.`);
    return null;
  }
  return {
    index,
    name: text(entry, 'name'),
    protocols: protocol === null ? ['tcp', 'udp'] : [protocol],
    ports,
    bandwidth,
  };
}

/** `"80"`, `"80-90"`, `"80,443,8000-8010"` as sorted ports and ranges; an empty list when absent; null when not understood. */
function parsePortText(value: JsonValue | undefined): string[] | null {
  if (value === undefined || value === null) return [];
  const parts = (typeof value === 'number' ? String(value) : typeof value === 'string' ? value : '').split(',');
  const ranges = parts.map((part) => {
    const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(part.trim());
    const first = Number(match?.[1] ?? 0);
    const last = Number(match?.[2] ?? first);
    return first >= 1 && last <= 65535 && first <= last ? { first, last } : null;
  });
  if (ranges.some((range) => range === null)) return null;
  const texts = ranges.flatMap((range) =>
    range === null
      ? []
      : [range.first === range.last ? String(range.first) : `${String(range.first)}-${String(range.last)}`],
  );
  return sortedPorts(texts);
}

function groupPorts(entries: readonly PortEntry[]): TrafficGroup[] {
  const groups = new Map<string, TrafficGroup>();
  const plain = entries.filter((entry) => entry.bandwidth === null);
  for (const protocol of new Set(plain.flatMap((entry) => entry.protocols))) {
    const lists = plain.filter(({ protocols }) => protocols.includes(protocol)).map((entry) => entry.ports);
    const every = lists.some((list) => list.length === 0);
    groups.set(protocol, { key: protocol, protocol, ports: every ? [] : sortedPorts(lists.flat()), bandwidth: null });
  }
  for (const entry of entries.filter((candidate) => candidate.bandwidth !== null)) {
    for (const protocol of entry.protocols) {
      const key = ownKey(entry, protocol, groups);
      groups.set(key, { key, protocol, ports: entry.ports, bandwidth: entry.bandwidth });
    }
  }
  return [...groups.values()].sort((left, right) => (left.key < right.key ? -1 : 1));
}

/** The port's name where it has one that is free and a device takes, else PROTOCOL_INDEX, which no name may look like. */
function ownKey(entry: PortEntry, protocol: string, taken: ReadonlyMap<string, unknown>): string {
  const { name, index } = entry;
  const usable =
    name !== null &&
    /^[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9_.])?$/.test(name) &&
    !/^[a-z0-9-]+_[0-9]+$/.test(name) &&
    !taken.has(name) &&
    !protocolNames.has(name);
  return usable ? name : `${protocol}_${index}`;
}

function sortedPorts(ports: readonly string[]): string[] {
  return [...new Set(ports)].sort((left, right) => parseInt(left, 10) - parseInt(right, 10) || (left < right ? -1 : 1));
}

/** A field of the wrong type says something that is not understood; it is never the same as no field (promise 1). */
function isTextOrMissing(value: JsonValue | undefined): boolean {
  return value === undefined || value === null || typeof value === 'string';
}

function text(object: JsonObject, key: string): string | null {
  const value = object[key];
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : null;
}

function shown(value: JsonValue | undefined): string {
  return value === undefined ? '(missing)' : JSON.stringify(value).slice(0, 80);
}

const protocolsWithPorts: ReadonlySet<string> = new Set(['tcp', 'udp', 'sctp', 'dccp', 'udplite']);

/** The protocols that AS3's `Firewall_Rule.protocol` knows and that make sense for egress (AS3 3.56 schema; 3.29 only any, tcp and udp). */
const protocolNames: ReadonlySet<string> = new Set([
  ...['any', 'tcp', 'udp', 'sctp', 'dccp', 'udplite', 'icmp', 'ipv6-icmp', 'igmp', 'gre', 'esp', 'ah', 'ipip'],
  ...['ospf', 'pim', 'vrrp', 'l2tp', 'eigrp', 'egp', 'etherip', 'encap', 'ipv6', 'ipv4', 'rsvp', 'hip'],
]);
