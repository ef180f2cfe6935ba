import { type Family } from '#core/network';
import { Axis, type Interval, type Region, regionsOf } from './axis.js';
import { wholeOf } from './chain.js';
import { type AddressMatch, type Span } from './firewall.js';
import { areAlike, type Contents, differingCodes, type Item, type Pair, type Sequence } from './items.js';

/** A part of one end in which two states still differ, with what is left of them there. */
interface Part {
  readonly intervals: readonly Interval[];
  readonly pair: Pair;
}

/** One end of the packets: their sources, or their destinations. */
export class PacketEnd {
  private readonly axis: Axis;
  private readonly intervals = new Map<number, readonly Interval[]>();

  constructor(
    items: Sequence,
    private readonly side: 'source' | 'destination',
    family: Family,
    private readonly contents: Contents,
  ) {
    const spansOf = (match: AddressMatch) =>
      match === 'any' ? [] : match.spans.filter((span) => span.family === family);
    const matches = new Map(items.map(({ rule }) => [contents.numberOf(rule[side]), rule[side]]));
    this.axis = new Axis([...matches.values()].flatMap(spansOf), wholeOf(family));
    for (const [number, match] of matches) this.intervals.set(number, this.axis.intervals(spansOf(match)));
  }

  spans(intervals: readonly Interval[]): Span[] {
    return this.axis.spans(intervals);
  }

  differing(pair: Pair): Part[] {
    if (areAlike(pair)) return [];
    const differing = differingCodes(pair);
    const [before, after] = [this.indexed(pair.before, differing), this.indexed(pair.after, differing)];
    const sets = new Map(
      [...before.bySet.keys(), ...after.bySet.keys()].map((set) => [set, this.intervals.get(set) ?? []]),
    );
    return regionsOf(sets, this.axis.cells).flatMap(({ intervals, covering }) => {
      if (!matters(before, covering) && !matters(after, covering)) return [];
      const rest = { before: this.settled(before, covering), after: this.settled(after, covering) };
      return areAlike(rest) ? [] : [{ intervals, pair: rest }];
    });
  }

  private indexed(sequence: Sequence, differing: ReadonlySet<number>): Indexed {
    const everywhere: number[] = [];
    const bySet = new Map<number, number[]>();
    const sets = sequence.map(({ rule }) => this.contents.numberOf(rule[this.side]));
    const differingSets = new Set<number>();
    let differsEverywhere = false;
    sequence.forEach(({ rule, code }, place) => {
      const match = rule[this.side];
      const set = sets[place] ?? 0;
      const isEverywhere = match === 'any' || match.symbols.length > 0;
      if (isEverywhere) everywhere.push(place);
      else bySet.set(set, [...(bySet.get(set) ?? []), place]);
      if (isEverywhere && match !== 'any') bySet.set(set, bySet.get(set) ?? []);
      if (!differing.has(code)) return;
      if (isEverywhere) differsEverywhere = true;
      else differingSets.add(set);
    });
    return { sequence, sets, everywhere, bySet, differingSets, differsEverywhere };
  }

  private settled({ sequence, sets, everywhere, bySet }: Indexed, covering: Region['covering']): Item[] {
    const rest = this.side === 'source' ? 'destination' : 'service';
    const here = [...covering].flatMap((set) => bySet.get(set) ?? []);
    const places = here.length === 0 ? everywhere : [...everywhere, ...here].sort((left, right) => left - right);
    return places.flatMap((place) => {
      const item = sequence[place];
      if (item === undefined) return [];
      const match = item.rule[this.side];
      const isCertain = match === 'any' || covering.has(sets[place] ?? 0);
      return [this.contents.settle(item, isCertain ? null : match.symbols, rest)];
    });
  }
}

/** A sequence, by where its items match. */
interface Indexed {
  readonly sequence: Sequence;
  /** The number of what each item matches. */
  readonly sets: readonly number[];
  /** Places of the items that match, or may match, every address. */
  readonly everywhere: readonly number[];
  /** Places of the others, by the number of what they match. */
  readonly bySet: ReadonlyMap<number, readonly number[]>;
  readonly differingSets: ReadonlySet<number>;
  readonly differsEverywhere: boolean;
}

function matters({ differingSets, differsEverywhere }: Indexed, covering: Region['covering']): boolean {
  return differsEverywhere || [...covering].some((set) => differingSets.has(set));
}
