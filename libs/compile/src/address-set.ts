import { addressRange } from '#core/network';

/** The source addresses that changes touch: prefixes as rules have them, or all there are. */
export class AddressSet {
  private readonly prefixes = new Set<string>();
  private everything = false;

  add(prefixes: Iterable<string> | 'everyone'): void {
    if (prefixes === 'everyone') this.everything = true;
    else for (const prefix of prefixes) this.prefixes.add(prefix);
  }

  join(other: AddressSet): void {
    this.add(other.everything ? 'everyone' : other.prefixes);
  }

  /** Whether they have an address in common. What is not understood may be any address; route domains do not count. */
  meets(other: AddressSet): boolean {
    if (this.isEmpty || other.isEmpty) return false;
    const [left, right] = [this.ranges(), other.ranges()];
    if (left === null || right === null) return true;
    const all = [
      ...left.map((range) => ({ ...range, mine: true })),
      ...right.map((range) => ({ ...range, mine: false })),
    ];
    all.sort((one, two) => one.family - two.family || (one.first < two.first ? -1 : one.first > two.first ? 1 : 0));
    // The furthest end so far of either set; ranges come in the order of their beginnings.
    const furthest = new Map<string, bigint>();
    return all.some(({ family, first, last, mine }) => {
      const end = furthest.get(`${family} ${!mine}`);
      if (end !== undefined && end >= first) return true;
      const key = `${family} ${mine}`;
      const own = furthest.get(key);
      if (own === undefined || own < last) furthest.set(key, last);
      return false;
    });
  }

  get isEmpty(): boolean {
    return !this.everything && this.prefixes.size === 0;
  }

  private ranges() {
    if (this.everything) return null;
    const ranges = [];
    for (const prefix of this.prefixes) {
      const range = addressRange(prefix.replace(/%\d+/, ''));
      if (range === null) return null;
      ranges.push(range);
    }
    return ranges;
  }
}
