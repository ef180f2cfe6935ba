import { type Interval } from './axis.js';

export interface Row<Content> {
  readonly left: readonly Interval[];
  readonly right: readonly Interval[];
  readonly content: Content;
}

/** Gathers products of regions with a content, and joins those that are alike in all but one of their regions. */
export class RegionTable<Content> {
  private readonly contents = new Map<string, Content>();
  /** Content, then left region → right intervals. */
  private readonly found = new Map<string, Map<string, { left: readonly Interval[]; right: Interval[] }>>();

  add(left: readonly Interval[], right: readonly Interval[], name: string, content: Content): void {
    this.contents.set(name, content);
    const byLeft = this.found.get(name) ?? new Map<string, { left: readonly Interval[]; right: Interval[] }>();
    this.found.set(name, byLeft);
    const row = byLeft.get(regionName(left));
    if (row === undefined) byLeft.set(regionName(left), { left, right: [...right] });
    else row.right.push(...right);
  }

  rows(): Row<Content>[] {
    return [...this.contents].flatMap(([name, content]) => {
      const byRight = new Map<string, { left: Interval[]; right: readonly Interval[] }>();
      for (const { left, right } of this.found.get(name)?.values() ?? []) {
        const sorted = [...right].sort(([one], [other]) => one - other);
        const row = byRight.get(regionName(sorted));
        if (row === undefined) byRight.set(regionName(sorted), { left: [...left], right: sorted });
        else row.left.push(...left);
      }
      return [...byRight.values()].map((row) => ({ ...row, content }));
    });
  }
}

function regionName(intervals: readonly Interval[]): string {
  return intervals.map((interval) => interval.join('-')).join();
}
