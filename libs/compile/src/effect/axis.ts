import { type Span } from './firewall.js';
import { mergedSpans } from './spans.js';

/** From a cell of an axis, to before another. */
export type Interval = readonly [from: number, to: number];

/** The cells between all boundaries that occur in one dimension: within a cell nothing tells two values apart. */
export class Axis {
  private readonly starts: readonly bigint[];
  private readonly cellAt: ReadonlyMap<bigint, number>;

  constructor(
    spans: readonly Span[],
    private readonly whole: Span,
  ) {
    const starts = new Set([whole.first, ...spans.flatMap(({ first, last }) => [first, last + 1n])]);
    starts.delete(whole.last + 1n);
    this.starts = [...starts].sort((left, right) => (left < right ? -1 : 1));
    this.cellAt = new Map(this.starts.map((start, cell) => [start, cell]));
  }

  get cells(): number {
    return this.starts.length;
  }

  /** The spans as intervals, in order and apart; all of them are among those that the axis was made of. */
  intervals(spans: readonly Span[]): Interval[] {
    return mergedSpans(spans).map(({ first, last }) => [
      this.cellAt.get(first) ?? 0,
      this.cellAt.get(last + 1n) ?? this.cells,
    ]);
  }

  spans(intervals: readonly Interval[]): Span[] {
    return mergedSpans(
      intervals.map(([from, to]) => ({
        first: this.starts[from] ?? this.whole.first,
        last: to < this.cells ? (this.starts[to] ?? this.whole.last) - 1n : this.whole.last,
      })),
    );
  }
}

/** All cells that the same sets cover. */
export interface Region {
  readonly intervals: readonly Interval[];
  readonly covering: ReadonlySet<number>;
}

/** Cuts an axis into regions by which of the sets cover them. Sets are numbers; each has intervals that lie apart. */
export function regionsOf(sets: ReadonlyMap<number, readonly Interval[]>, cells: number): Region[] {
  const changes = new Map<number, number[]>([[0, []]]);
  const note = (cell: number, set: number) => {
    const there = changes.get(cell);
    if (there === undefined) changes.set(cell, [set]);
    else there.push(set);
  };
  for (const [set, intervals] of sets) {
    for (const [from, to] of intervals) {
      note(from, set);
      note(to, set);
    }
  }
  const places = Float64Array.from(changes.keys()).sort();
  const regions = new Map<string, { intervals: Interval[]; covering: ReadonlySet<number> }>();
  const covering = new Set<number>();
  places.forEach((from, index) => {
    // A set that ends where another begins is noted at the same place: each note turns it on, or off.
    for (const set of changes.get(from) ?? []) if (!covering.delete(set)) covering.add(set);
    if (from >= cells) return;
    const interval = [from, places[index + 1] ?? cells] as const;
    const name = [...covering].sort((left, right) => left - right).join();
    const known = regions.get(name);
    if (known === undefined) regions.set(name, { intervals: [interval], covering: new Set(covering) });
    else known.intervals.push(interval);
  });
  return [...regions.values()];
}
