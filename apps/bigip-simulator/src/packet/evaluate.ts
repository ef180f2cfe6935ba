import {
  type FirewallRule,
  isRuleListReference,
  partitionOf,
  type RuleAction,
  type VirtualServer,
} from '../device/objects.js';
import { defaultRouteDomain, type DeviceState, find } from '../device/state.js';
import { type Address, contains, parseAddress, parseSpan, sizeOf } from './address.js';
import { type Direction, matches, type PacketInContext } from './match.js';

export interface Packet {
  /** Where the packet comes from; `10.1.2.3%2` says its route domain, too. */
  readonly source: string;
  readonly destination: string;
  /** Destination port; packets of protocols without ports have none. */
  readonly port?: number;
  readonly sourcePort?: number;
  /** `tcp`, `udp`, `icmp` …; any case. */
  readonly protocol: string;
  /** The id of the route domain in which the packet arrives. */
  readonly routeDomain?: number;
  /** Instead of `routeDomain`: the one that this partition has as its default, or the only one that it holds. */
  readonly partition?: string;
  /** Path of the virtual server that takes the packet; without it, the most specific one that listens. */
  readonly virtualServer?: string;
  /** Names under which the device's resolver knows an address; without it, the simulator's own table. */
  readonly fqdnOf?: (address: string) => readonly string[];
}

export type Context = 'global' | 'route-domain' | 'virtual-server';

/** A rule that matched. */
export interface Match {
  readonly context: Context;
  readonly policy: string;
  /** Null for a rule that stands in the policy itself. */
  readonly ruleList: string | null;
  readonly rule: string;
  readonly action: RuleAction;
}

export interface Verdict {
  /** What the firewall does; `accept` also where nothing matched. */
  readonly action: RuleAction;
  /** The firewall lets the packet pass and a virtual server takes it. */
  readonly reaches: boolean;
  /** The rule that decided; null where no rule of any enforced policy matched. */
  readonly decidedBy: Match | null;
  /** Every enforced rule that matched, in the order of the contexts. */
  readonly matched: readonly Match[];
  /** What staged policies would have done: logged, not enforced. */
  readonly staged: readonly Match[];
  readonly routeDomain: number;
  readonly virtualServer: string | null;
}

export interface EvaluationOptions {
  /** Domain name → addresses, as the device's resolver has them. */
  readonly resolved: ReadonlyMap<string, readonly string[]>;
  /**
   * Whether a destination without `%ID` in a list of Common means route domain 0 only. For sources it always does;
   * for destinations no measurement is at hand, and the default is every route domain.
   */
  readonly strictDestinations: boolean;
}

/**
 * What the device does with the packet in `state`, by AFM's order of contexts: global, route domain, virtual server.
 * In each the first matching rule decides: `accept` passes on, the three others end it.
 * @throws TypeError when an address of the packet is none.
 */
export function evaluate(state: DeviceState, packet: Packet, options: EvaluationOptions): Verdict {
  const seen = inContext(state, packet, options);
  const server = virtualServerFor(state, packet, seen);
  const staged: Match[] = [];
  const matched: Match[] = [];
  for (const { context, enforced, stagedPolicy } of contexts(state, seen.routeDomain, server)) {
    const wouldMatch = firstMatch(state, context, stagedPolicy, seen);
    if (wouldMatch) staged.push(wouldMatch);
    const match = firstMatch(state, context, enforced, seen);
    if (match) matched.push(match);
    if (match && match.action !== 'accept') break;
  }
  const decidedBy = matched.at(-1) ?? null;
  const action = decidedBy?.action ?? 'accept';
  return {
    action,
    reaches: server !== null && action !== 'drop' && action !== 'reject',
    decidedBy,
    matched,
    staged,
    routeDomain: seen.routeDomain,
    virtualServer: server?.path ?? null,
  };
}

interface PoliciesOfContext {
  readonly context: Context;
  readonly enforced: string | null;
  readonly stagedPolicy: string | null;
}

function contexts(state: DeviceState, routeDomain: number, server: VirtualServer | null): PoliciesOfContext[] {
  const found = [...state.routeDomains.values()].find(({ id }) => id === routeDomain);
  return [
    { context: 'global', enforced: state.globalRules.enforcedPolicy, stagedPolicy: state.globalRules.stagedPolicy },
    {
      context: 'route-domain',
      enforced: found?.enforcedPolicy ?? null,
      stagedPolicy: found?.stagedPolicy ?? null,
    },
    {
      context: 'virtual-server',
      enforced: server?.enforcedPolicy ?? null,
      stagedPolicy: server?.stagedPolicy ?? null,
    },
  ];
}

function firstMatch(state: DeviceState, context: Context, path: string | null, packet: PacketInContext): Match | null {
  const policy = path === null ? undefined : find(state, 'policy', path);
  if (!policy) return null;
  const found = (owner: string, ruleList: string | null, rules: readonly FirewallRule[]): Match | null => {
    const rule = rules.find((candidate) => matches(state, candidate, owner, packet));
    return rule ? { context, policy: policy.path, ruleList, rule: rule.name, action: rule.action } : null;
  };
  for (const rule of policy.rules) {
    const match = isRuleListReference(rule)
      ? found(rule.ruleList, rule.ruleList, find(state, 'rule-list', rule.ruleList)?.rules ?? [])
      : found(policy.path, null, [rule]);
    if (match) return match;
  }
  return null;
}

function inContext(state: DeviceState, packet: Packet, options: EvaluationOptions): PacketInContext {
  const [sourceText = '', routeDomainText] = packet.source.split('%');
  const destinationText = packet.destination.split('%')[0] ?? '';
  const source = required(sourceText);
  const destination = required(destinationText);
  const names = (direction: Direction): readonly string[] => {
    const [text, address] = direction === 'source' ? [sourceText, source] : [destinationText, destination];
    const known = packet.fqdnOf?.(text) ?? namesIn(options.resolved, address);
    return known.map((name) => name.toLowerCase());
  };
  return {
    source,
    destination,
    sourcePort: packet.sourcePort ?? null,
    port: packet.port ?? null,
    protocol: packet.protocol.toLowerCase(),
    routeDomain: packet.routeDomain ?? (routeDomainText === undefined ? ofPartition(state, packet) : +routeDomainText),
    names,
    strictDestinations: options.strictDestinations,
  };
}

function namesIn(resolved: EvaluationOptions['resolved'], address: Address): string[] {
  return [...resolved].flatMap(([name, addresses]) =>
    addresses.some((text) => equals(parseAddress(text), address)) ? [name] : [],
  );
}

function required(text: string): Address {
  const address = parseAddress(text);
  if (address === null) throw new TypeError(`${text} is not an IP address`);
  return address;
}

function equals(one: Address | null, other: Address): boolean {
  return one?.family === other.family && one.value === other.value;
}

function ofPartition(state: DeviceState, { partition }: Packet): number {
  if (partition === undefined) return 0;
  const configured = defaultRouteDomain(state, partition);
  const inside = [...state.routeDomains.values()].filter(({ path }) => path.startsWith(`/${partition}/`));
  return configured === 0 && inside.length === 1 && partition !== 'Common' ? (inside[0]?.id ?? 0) : configured;
}

function virtualServerFor(state: DeviceState, packet: Packet, seen: PacketInContext): VirtualServer | null {
  if (packet.virtualServer !== undefined) {
    const named = find(state, 'virtual-server', packet.virtualServer);
    return named?.enabled === true ? named : null;
  }
  const listening = [...state.objects.values()].filter(
    (object): object is VirtualServer => object.kind === 'virtual-server' && listensFor(state, object, seen),
  );
  const specific = (server: VirtualServer): bigint => sizeOrAll(server.destination) * (server.port === 0 ? 2n : 1n);
  return listening.reduce<VirtualServer | null>(
    (best, server) => (best === null || specific(server) < specific(best) ? server : best),
    null,
  );
}

function sizeOrAll(text: string): bigint {
  const span = parseSpan(text);
  return span === null ? 1n << 128n : sizeOf(span);
}

function listensFor(state: DeviceState, server: VirtualServer, packet: PacketInContext): boolean {
  const destination = parseSpan(server.destination);
  const source = parseSpan(server.source);
  if (!server.enabled || destination === null) return false;
  const routeDomain = destination.routeDomain ?? defaultRouteDomain(state, partitionOf(server.path));
  return (
    routeDomain === packet.routeDomain &&
    contains(destination, packet.destination) &&
    (source === null || contains(source, packet.source)) &&
    (server.port === 0 || server.port === packet.port) &&
    (server.protocol === 'any' || server.protocol === packet.protocol)
  );
}
