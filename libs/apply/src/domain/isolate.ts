/**
 * Finds out which of many changes a device refuses, by trying some of them at a time (adaptive group testing). A search
 * is plain data: `nextTrial` says what to try, `passed` and `refused` take in what came of it.
 *
 * k offenders among n changes that the device's words do not name take no more than k·(log2(n/k) + 3) + 2 trials, the
 * one that was refused first and the one that is taken at the end included; a single one takes log2(n) + 2.
 */
export interface Search {
  /** Changes that were taken. */
  readonly good: ReadonlySet<string>;
  /** At least one of these is refused; empty while that is known of no particular ones. */
  readonly suspects: readonly string[];
  readonly offenders: ReadonlyMap<string, Offence>;
  /** The last refusal. */
  readonly last: Offence | null;
  /** How many changes to try at a time: fewer where offenders are dense. */
  readonly size: number;
  /** Whether a trial that made any change was taken. */
  readonly progressed: boolean;
}

/** How a change was refused. */
export interface Offence {
  /** In the device's words. */
  readonly message: string;
  /** The attempt that says so; null for a dry run. */
  readonly attempt: number | null;
  readonly at: Date;
  /** The words name the change. */
  readonly named: boolean;
}

/** A change, as far as the search is concerned. */
export interface Candidate {
  readonly id: string;
  /** Candidates without which it must not be tried. */
  readonly requires: readonly string[];
}

export interface Trial {
  /** What is tried, beside what is good already; in the order of the candidates. */
  readonly added: readonly string[];
  /** Nothing is left to be tried beside it. */
  readonly whole: boolean;
  /** It narrows suspects down. */
  readonly narrows: boolean;
}

export const freshSearch: Search = {
  good: new Set(),
  suspects: [],
  offenders: new Map(),
  last: null,
  size: Number.POSITIVE_INFINITY,
  progressed: false,
};

/**
 * @param candidates each behind those that it requires.
 * @param most at most so many at a time.
 */
export function nextTrial(search: Search, candidates: readonly Candidate[], most = Number.POSITIVE_INFINITY): Trial {
  const open = openCandidates(search, candidates);
  const suspects = open.filter(({ id }) => search.suspects.includes(id));
  // Suspects of which one has changed meanwhile are no longer sure to hold an offender.
  if (suspects.length > 1 && suspects.length === search.suspects.length) {
    const half = suspects.slice(0, Math.min(suspects.length >> 1, most));
    return { added: withRequired(half, open), whole: false, narrows: true };
  }
  const added = open.slice(0, Math.min(search.size, most)).map(({ id }) => id);
  return { added, whole: added.length === open.length, narrows: false };
}

/** Whether nothing was taken, and nothing is left to be tried. */
export function isExhausted(search: Search, candidates: readonly Candidate[]): boolean {
  return !search.progressed && openCandidates(search, candidates).length === 0;
}

/** Candidates that are neither good nor refused, nor wait for one that is. */
export function openCandidates(search: Search, candidates: readonly Candidate[]): Candidate[] {
  const out = new Set(search.offenders.keys());
  for (const { id, requires } of candidates) if (requires.some((required) => out.has(required))) out.add(id);
  return candidates.filter(({ id }) => !out.has(id) && !search.good.has(id));
}

export function passed(search: Search, { added, narrows }: Trial): Search {
  const taken = new Set(added);
  return convictOnlySuspect({
    ...search,
    good: new Set([...search.good, ...added]),
    suspects: narrows ? search.suspects.filter((id) => !taken.has(id)) : [],
    size: narrows ? search.size : search.size * 2,
    progressed: search.progressed || added.length > 0,
  });
}

/** @param named candidates that the refusal names. */
export function refused(
  search: Search,
  { added, narrows }: Trial,
  offence: Omit<Offence, 'named'>,
  named: readonly string[],
): Search {
  const accused = added.filter((id) => named.includes(id));
  return convictOnlySuspect({
    ...search,
    suspects: accused.length > 0 ? accused : added,
    last: { ...offence, named: accused.length > 0 },
    size: narrows || accused.length > 0 || search.last === null ? search.size : Math.max(1, added.length >> 1),
  });
}

/** So many offenders in a row that the device did not name, and nothing that it took: it is not about the rules. */
const mostUnproven = 8;

/** Whether the search has to be given up. */
export function isHopeless({ offenders, progressed }: Search): boolean {
  return !progressed && [...offenders.values()].filter(({ named }) => !named).length >= mostUnproven;
}

function convictOnlySuspect(search: Search): Search {
  const [only, ...others] = search.suspects;
  if (only === undefined || others.length > 0 || search.last === null) return search;
  return { ...search, suspects: [], offenders: new Map([...search.offenders, [only, search.last]]) };
}

/** The candidates and all open ones that they require, in order. */
function withRequired(chosen: readonly Candidate[], open: readonly Candidate[]): string[] {
  const wanted = new Set(chosen.map(({ id }) => id));
  for (const { id, requires } of [...open].reverse()) {
    if (wanted.has(id)) for (const required of requires) wanted.add(required);
  }
  return open.filter(({ id }) => wanted.has(id)).map(({ id }) => id);
}
