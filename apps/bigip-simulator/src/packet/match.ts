import { type AddressList, type FirewallRule, partitionOf, type RuleSide } from '../device/objects.js';
import { defaultRouteDomain, type DeviceState, find } from '../device/state.js';
import { type Address, type AddressSpan, contains, parsePorts, parseSpan } from './address.js';

/** A packet as a firewall context sees it. */
export interface PacketInContext {
  readonly source: Address;
  readonly destination: Address;
  readonly sourcePort: number | null;
  readonly port: number | null;
  /** Lower case. */
  readonly protocol: string;
  readonly routeDomain: number;
  /** The domain names, in lower case, that the device's resolver knows that end of the packet by. */
  readonly names: (direction: Direction) => readonly string[];
  /** See `EvaluationOptions` in evaluate.ts. */
  readonly strictDestinations: boolean;
}

export type Direction = 'source' | 'destination';

/** `owner` is the path of the policy or rule list that holds the rule: its partition supplies the route domain. */
export function matches(state: DeviceState, rule: FirewallRule, owner: string, packet: PacketInContext): boolean {
  return (
    (rule.protocol === 'any' || rule.protocol === packet.protocol) &&
    matchesSide(state, rule.source, owner, packet, 'source') &&
    matchesSide(state, rule.destination, owner, packet, 'destination')
  );
}

function matchesSide(
  state: DeviceState,
  side: RuleSide,
  owner: string,
  packet: PacketInContext,
  direction: Direction,
): boolean {
  const anyAddress = side.addresses.length === 0 && side.addressLists.length === 0;
  const anyPort = side.ports.length === 0 && side.portLists.length === 0;
  return (
    side.vlans.length === 0 &&
    (anyAddress ||
      side.addresses.some((entry) => matchesSpan(state, parseSpan(entry), owner, packet, direction)) ||
      side.addressLists.some((path) => matchesAddressList(state, path, packet, direction, new Set()))) &&
    (anyPort ||
      side.ports.some((entry) => matchesPort(entry, packet, direction)) ||
      side.portLists.some((path) => matchesPortList(state, path, packet, direction, new Set())))
  );
}

function matchesAddressList(
  state: DeviceState,
  path: string,
  packet: PacketInContext,
  direction: Direction,
  seen: Set<string>,
): boolean {
  const list = find(state, 'address-list', path);
  if (!list || seen.has(path)) return false;
  seen.add(path);
  const names = list.fqdns.length === 0 ? [] : packet.names(direction);
  return (
    spansOf(list).some((span) => matchesSpan(state, span, path, packet, direction)) ||
    list.fqdns.some((name) => names.includes(name.toLowerCase())) ||
    list.addressLists.some((nested) => matchesAddressList(state, nested, packet, direction, seen))
  );
}

const parsed = new WeakMap<AddressList, readonly (AddressSpan | null)[]>();

/** Parsed once: a list never changes, it is replaced. */
function spansOf(list: AddressList): readonly (AddressSpan | null)[] {
  const known = parsed.get(list) ?? list.addresses.map(parseSpan);
  parsed.set(list, known);
  return known;
}

function matchesSpan(
  state: DeviceState,
  span: AddressSpan | null,
  owner: string,
  packet: PacketInContext,
  direction: Direction,
): boolean {
  if (span === null || !contains(span, packet[direction])) return false;
  if (span.routeDomain !== null) return span.routeDomain === packet.routeDomain;
  const partition = partitionOf(owner);
  if (direction === 'destination' && partition === 'Common' && !packet.strictDestinations) return true;
  return defaultRouteDomain(state, partition) === packet.routeDomain;
}

function matchesPortList(
  state: DeviceState,
  path: string,
  packet: PacketInContext,
  direction: Direction,
  seen: Set<string>,
): boolean {
  const list = find(state, 'port-list', path);
  if (!list || seen.has(path)) return false;
  seen.add(path);
  return (
    list.ports.some((entry) => matchesPort(entry, packet, direction)) ||
    list.portLists.some((nested) => matchesPortList(state, nested, packet, direction, seen))
  );
}

function matchesPort(entry: string, packet: PacketInContext, direction: Direction): boolean {
  const port = direction === 'source' ? packet.sourcePort : packet.port;
  const span = parsePorts(entry);
  return port !== null && span !== null && span.first <= port && port <= span.last;
}
