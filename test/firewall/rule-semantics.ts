import { type AcceptedDestination, type DesiredRule } from '#core/desired';
import { type TrafficGroup } from '#core/external-service';
import { type RuleKind } from '#core/kinds';
import { addressRange } from '#core/network';
import { compareRules } from '#core/order';
import { type Action } from '#core/rule';

export interface TestPacket {
  readonly source: string;
  readonly destination: string;
  readonly protocol: string;
  readonly port?: number;
}

/** The contexts in which AFM judges a packet, and the rules that stand in each (reference: CES 0.5 contract, scopes). */
const contexts: readonly (readonly RuleKind[])[] = [
  ['ClusterEgressRule'],
  ['NamespaceEgressRule'],
  ['ServiceEgressRule', 'PodEgressRule'],
];

/**
 * What the rules themselves say of a packet, without AS3 and without a device: an accept passes it on to the next context,
 * accept-decisively lets it out, drop and reject end it, and behind the last context everything is denied.
 */
export function allows(
  rules: readonly DesiredRule[],
  packet: TestPacket,
  resolved: Readonly<Record<string, readonly string[]>>,
): boolean {
  const ordered = [...rules].sort(compareRules);
  for (const kinds of contexts) {
    const action = firstMatch(
      ordered.filter(({ kind }) => kinds.includes(kind)),
      packet,
      resolved,
    );
    if (action === 'accept-decisively') return true;
    if (action === 'drop' || action === 'reject') return false;
    const last = kinds === contexts.at(-1);
    if (last) return action === 'accept';
  }
  return false;
}

function firstMatch(
  rules: readonly DesiredRule[],
  packet: TestPacket,
  resolved: Readonly<Record<string, readonly string[]>>,
): Action | null {
  const matching = rules.find(
    (rule) =>
      (rule.prefixes === null || rule.prefixes.some((prefix) => covers(prefix, packet.source))) &&
      rule.destinations.some((destination) => leadsTo(destination, packet, resolved)),
  );
  return matching?.action ?? null;
}

function leadsTo(
  { addresses, domainNames, services }: AcceptedDestination,
  packet: TestPacket,
  resolved: Readonly<Record<string, readonly string[]>>,
): boolean {
  const reached = [...addresses, ...domainNames.flatMap((name) => resolved[name] ?? [])];
  return (
    reached.some((address) => covers(address, packet.destination)) && services.some((group) => carries(group, packet))
  );
}

function carries({ protocol, ports }: TrafficGroup, packet: TestPacket): boolean {
  if (protocol !== 'any' && protocol !== packet.protocol) return false;
  return ports.length === 0 || ports.some((range) => holds(range, packet.port));
}

function holds(range: string, port: number | undefined): boolean {
  const [first = NaN, last = first] = range.split('-').map(Number);
  return port !== undefined && first <= port && port <= last;
}

function covers(prefix: string, address: string): boolean {
  const [span, one] = [addressRange(prefix), addressRange(address)];
  return (
    span?.family === one?.family && span !== null && one !== null && span.first <= one.first && one.last <= span.last
  );
}
