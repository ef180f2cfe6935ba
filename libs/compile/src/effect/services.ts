import { Axis, type Interval, regionsOf } from './axis.js';
import { type Disagreement, disagreements } from './decide.js';
import { type ServiceMatch, type Span } from './firewall.js';
import { type Contents, type Item, type Pair, type Sequence } from './items.js';
import { lastPort } from './read-address.js';
import { mergedSpans } from './spans.js';

/** A protocol with destination ports, null where it has none or it is all of them; or every protocol but some. */
export type Service =
  { readonly protocol: string; readonly ports: readonly Span[] | null } | { readonly allBut: readonly string[] };
export type Services = readonly Service[];

export type ServiceDifference = { readonly services: Services } & Disagreement;

/** Protocols whose packets have ports. */
const withPorts: readonly string[] = ['tcp', 'udp', 'sctp', 'dccp', 'udplite'];

/** Stands for every protocol that no rule names. */
const otherProtocols = '';

const wholePorts: Span = { first: 0n, last: lastPort };

/** How two states judge packets of which source and destination are settled: by protocol and port. */
export function compareServices(pair: Pair, contents: Contents): ServiceDifference[] {
  const items = [...pair.before, ...pair.after];
  const named = items.flatMap(({ rule: { service } }) => namesIn(service.protocol));
  const found = new Map<
    string,
    { disagreement: Disagreement; services: { protocol: string; ports: Span[] | null }[] }
  >();
  const protocols = [...new Set([...withPorts, ...named, otherProtocols])];
  for (const protocol of protocols) {
    for (const { ports, disagreement } of ofProtocol(protocol, pair, contents)) {
      const name = JSON.stringify(disagreement);
      const row = found.get(name) ?? { disagreement, services: [] };
      found.set(name, row);
      const before = row.services.find((service) => service.protocol === protocol);
      if (before === undefined) row.services.push({ protocol, ports });
      else if (before.ports !== null && ports !== null) before.ports.push(...ports);
    }
  }
  return [...found.values()].map(({ disagreement, services }) => ({
    ...disagreement,
    services: tidied(services, protocols),
  }));
}

function namesIn(protocol: ServiceMatch['protocol']): string[] {
  if (typeof protocol === 'string') return [];
  return ['is' in protocol ? protocol.is : protocol.isNot];
}

interface PortDifference {
  readonly ports: Span[] | null;
  readonly disagreement: Disagreement;
}

function ofProtocol(protocol: string, pair: Pair, contents: Contents): PortDifference[] {
  const hasPorts = withPorts.includes(protocol);
  const concerned: Pair = {
    before: pair.before.filter(({ rule }) => concerns(rule.service, protocol, hasPorts)),
    after: pair.after.filter(({ rule }) => concerns(rule.service, protocol, hasPorts)),
  };
  if (!hasPorts) return portless(concerned, contents);
  const services = new Map(
    [...concerned.before, ...concerned.after].map(({ rule }) => [contents.numberOf(rule.service), rule.service]),
  );
  const axis = new Axis([...services.values()].flatMap(portSpans), wholePorts);
  const sets = new Map<number, readonly Interval[]>(
    [...services].map(([number, service]) => [number, axis.intervals(portSpans(service))]),
  );
  return regionsOf(sets, axis.cells).flatMap(({ intervals, covering }) => {
    const settled = (sequence: Sequence) => sequence.flatMap((item) => settledItem(item, covering, contents));
    const rest = { before: settled(concerned.before), after: settled(concerned.after) };
    return disagreements(rest).map((disagreement) => ({ ports: axis.spans(intervals), disagreement }));
  });
}

function concerns({ protocol, ports }: ServiceMatch, name: string, hasPorts: boolean): boolean {
  if (!hasPorts && ports !== 'any' && ports.symbols.length === 0) return false;
  if (protocol === 'any') return true;
  if (protocol === 'portless') return !hasPorts;
  return 'is' in protocol ? protocol.is === name : protocol.isNot !== name;
}

function portless(pair: Pair, contents: Contents): PortDifference[] {
  const settled = (sequence: Sequence) => sequence.flatMap((item) => settledItem(item, new Set(), contents));
  const rest = { before: settled(pair.before), after: settled(pair.after) };
  return disagreements(rest).map((disagreement) => ({ ports: null, disagreement }));
}

function portSpans({ ports }: ServiceMatch): readonly Span[] {
  return ports === 'any' ? [] : ports.spans;
}

function settledItem(item: Item, covering: ReadonlySet<number>, contents: Contents): Item[] {
  const { ports } = item.rule.service;
  if (ports === 'any' || covering.has(contents.numberOf(item.rule.service))) {
    return [contents.settle(item, null, 'nothing')];
  }
  return ports.symbols.length === 0 ? [] : [contents.settle(item, ports.symbols, 'nothing')];
}

/** Ports in order; all of them are not worth a word, nor are protocols one by one where it is nearly all. */
function tidied(
  services: readonly { readonly protocol: string; readonly ports: Span[] | null }[],
  protocols: readonly string[],
): Services {
  const merged = services.map(({ protocol, ports }) => {
    const spans = ports && mergedSpans(ports);
    const isAll = spans?.length === 1 && spans[0]?.first === wholePorts.first && spans[0].last === wholePorts.last;
    return { protocol, ports: isAll ? null : spans };
  });
  const whole = merged.filter(({ ports }) => ports === null).map(({ protocol }) => protocol);
  if (!whole.includes(otherProtocols)) return merged;
  const allBut = protocols.filter((protocol) => !whole.includes(protocol));
  return [{ allBut }, ...merged.filter(({ ports }) => ports !== null)];
}
