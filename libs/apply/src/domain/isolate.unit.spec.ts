import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Candidate,
  freshSearch,
  isExhausted,
  isHopeless,
  nextTrial,
  openCandidates,
  passed,
  refused,
  type Search,
} from './isolate.js';

const at = new Date('2026-01-01T00:00:00Z');

interface Device {
  /** Refuses every trial that holds one of these. */
  readonly refuses: ReadonlySet<string>;
  /** Whether it says which. */
  readonly names?: boolean;
  readonly most?: number;
}

/** Goes on until nothing is left to try; gives the offenders found, what was taken, and how many trials it took. */
function searched(candidates: readonly Candidate[], { refuses, names = false, most }: Device) {
  let search: Search = freshSearch;
  for (let trials = 1; ; trials += 1) {
    // The first one holds everything: that is how it shows that something is refused.
    const trial = nextTrial(search, candidates, trials === 1 ? undefined : most);
    const bad = trial.added.filter((id) => refuses.has(id));
    const made = new Set([...search.good, ...trial.added]);
    const bare = candidates.filter(({ id, requires }) => made.has(id) && !requires.every((other) => made.has(other)));
    expect(bare).toEqual([]);
    if (bad.length === 0) search = passed(search, trial);
    else search = refused(search, trial, { message: '01070734', attempt: trials, at }, names ? bad.slice(0, 1) : []);
    if (bad.length === 0 && trial.whole) return { offenders: [...search.offenders.keys()], good: search.good, trials };
    if (openCandidates(search, candidates).length === 0) {
      return { offenders: [...search.offenders.keys()], good: search.good, trials };
    }
  }
}

const independent = (count: number): Candidate[] =>
  Array.from({ length: count }, (_, index) => ({ id: `rule-${index}`, requires: [] }));

describe('promise 8: the search for what a device refuses', () => {
  it('finds one of a thousand in log2(n) + 2 trials, and takes all the others', () => {
    for (const offender of ['rule-0', 'rule-517', 'rule-999']) {
      const { offenders, good, trials } = searched(independent(1000), { refuses: new Set([offender]) });
      expect(offenders).toEqual([offender]);
      expect(good.size).toBe(999);
      expect(trials).toBeLessThanOrEqual(12);
    }
  });

  it('finds any offenders among any changes, in about k·log2(n/k) + 2 trials', () => {
    fc.assert(
      fc.property(
        fc
          .integer({ min: 1, max: 300 })
          .chain((count) =>
            fc.tuple(fc.constant(count), fc.uniqueArray(fc.integer({ min: 0, max: count - 1 }), { maxLength: 12 })),
          ),
        ([count, bad]) => {
          const refuses = new Set(bad.map((index) => `rule-${index}`));
          const { offenders, good, trials } = searched(independent(count), { refuses });
          expect(new Set(offenders)).toEqual(refuses);
          expect(good.size).toBe(count - refuses.size);
          const [k, n] = [refuses.size, count];
          expect(trials).toBeLessThanOrEqual(k === 0 ? 1 : k * (Math.ceil(Math.log2(n / k)) + 3) + 2);
        },
      ),
    );
  });

  it('takes one trial for each that the device names, and one more', () => {
    const refuses = new Set(['rule-3', 'rule-50', 'rule-77']);
    const { offenders, trials } = searched(independent(100), { refuses, names: true });
    expect(new Set(offenders)).toEqual(refuses);
    expect(trials).toBe(4);
  });

  it('tries one at a time where a refusal may be half applied', () => {
    const candidates = independent(5);
    let search = refused(freshSearch, nextTrial(freshSearch, candidates), { message: 'no', attempt: 1, at }, []);
    expect(nextTrial(search, candidates, 1).added).toEqual(['rule-0']);
    search = passed(search, nextTrial(search, candidates, 1));
    expect(nextTrial(search, candidates, 1).added).toEqual(['rule-1']);
    const all = searched(candidates, { refuses: new Set(['rule-4']), most: 1 });
    expect(all.offenders).toEqual(['rule-4']);
  });

  it('promise 1: never tries anything without what it requires, and leaves what requires an offender', () => {
    const graph = fc
      .integer({ min: 1, max: 40 })
      .chain((count) =>
        fc.tuple(
          fc.tuple(
            ...Array.from({ length: count }, (_, index) =>
              index === 0 ? fc.constant([]) : fc.uniqueArray(fc.integer({ min: 0, max: index - 1 }), { maxLength: 3 }),
            ),
          ),
          fc.uniqueArray(fc.integer({ min: 0, max: count - 1 }), { maxLength: 6 }),
          fc.boolean(),
        ),
      );
    fc.assert(
      fc.property(graph, ([requirements, bad, names]) => {
        const candidates = requirements.map((required, index) => ({
          id: `rule-${index}`,
          requires: required.map((other) => `rule-${other}`),
        }));
        const refuses = new Set(bad.map((index) => `rule-${index}`));
        const { offenders, good } = searched(candidates, { refuses, names });
        const out = new Set<string>();
        for (const { id, requires } of candidates) {
          if (requires.some((required) => out.has(required) || refuses.has(required))) out.add(id);
        }
        expect(new Set(offenders)).toEqual(new Set([...refuses].filter((id) => !out.has(id))));
        expect(new Set(good)).toEqual(
          new Set(candidates.map(({ id }) => id).filter((id) => !out.has(id) && !refuses.has(id))),
        );
      }),
    );
  });

  it('forgets that it suspected a group once one of it has changed', () => {
    const search = refused(freshSearch, nextTrial(freshSearch, independent(4)), { message: 'no', attempt: 1, at }, []);
    const now = [...independent(3), { id: 'rule-3, changed', requires: [] }];
    expect(nextTrial(search, now)).toMatchObject({ added: now.map(({ id }) => id), whole: true });
  });

  it('gives up when nothing is taken whatever is tried: then it is not about the rules', () => {
    const candidates = independent(100);
    let search: Search = freshSearch;
    let trials = 0;
    for (; !isHopeless(search); trials += 1) {
      search = refused(search, nextTrial(search, candidates), { message: 'disk full', attempt: trials, at }, []);
    }
    expect(search.offenders.size).toBe(8);
    expect(trials).toBeLessThan(60);
  });

  it('is exhausted when all that there is was refused, and nothing taken', () => {
    const candidates = independent(1);
    const search = refused(freshSearch, nextTrial(freshSearch, candidates), { message: 'no', attempt: 1, at }, []);
    expect([isExhausted(freshSearch, candidates), isExhausted(search, candidates)]).toEqual([false, true]);
  });
});
