import { type Family } from '#core/network';
import { type Decision } from './decide.js';
import { type Chain, type Span } from './firewall.js';
import { Contents, type Pair } from './items.js';
import { PacketEnd } from './packet-end.js';
import { compareServices, type ServiceDifference, type Services } from './services.js';
import { RegionTable } from './region-table.js';

/** Packets that two states judge differently: each source with each destination with each service. */
export interface Difference {
  readonly family: Family;
  readonly sources: readonly Span[];
  readonly destinations: readonly Span[];
  readonly services: Services;
  /** Only those for which all of these symbols hold. */
  readonly when: readonly string[];
  /** And none of these. */
  readonly unless: readonly string[];
  readonly before: Decision;
  readonly after: Decision;
  readonly isUnsure: boolean;
}

/**
 * Finds every packet of one family that two chains judge differently. Exact: the address space is cut where a list
 * begins or ends, sources that meet the same rules are looked at once, and only where rules differ the same is done with
 * their destinations, and then with protocols and ports.
 */
export function compareChains(before: Chain, after: Chain, family: Family): Difference[] {
  const contents = new Contents();
  const pair: Pair = { before: contents.sequence(before), after: contents.sequence(after) };
  const all = [...pair.before, ...pair.after];
  const sources = new PacketEnd(all, 'source', family, contents);
  const destinations = new PacketEnd(all, 'destination', family, contents);
  const found = new RegionTable<Omit<Difference, 'sources' | 'destinations'>>();
  // Away from their own rules, most sources meet the same.
  const known = new Map<string, ServiceDifference[]>();
  const byService = (rest: Pair) => {
    const name = [rest.before, rest.after].map((items) => items.map(({ identity }) => identity).join()).join('|');
    const differences = known.get(name) ?? compareServices(rest, contents);
    known.set(name, differences);
    return differences;
  };
  for (const source of sources.differing(pair)) {
    for (const destination of destinations.differing(source.pair)) {
      for (const { services, ...disagreement } of byService(destination.pair)) {
        const what = { family, services, ...disagreement };
        found.add(source.intervals, destination.intervals, JSON.stringify(what, bigints), what);
      }
    }
  }
  return found.rows().map(({ left, right, content }) => ({
    ...content,
    sources: sources.spans(left),
    destinations: destinations.spans(right),
  }));
}

function bigints(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}
