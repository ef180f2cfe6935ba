import { type Verdict } from './firewall.js';
import { areAlike, differingCodes, type Item, type Pair, type Sequence } from './items.js';

/** What one state does to a packet, and by which rule; null where no rule stops it. */
export interface Decision {
  readonly verdict: Verdict;
  readonly rule: string | null;
}

export interface Disagreement {
  /** The two states differ about packets for which all of these symbols hold. */
  readonly when: readonly string[];
  /** And none of these. */
  readonly unless: readonly string[];
  readonly before: Decision;
  readonly after: Decision;
  /** Whether it was given up to look on: then they may agree after all. */
  readonly isUnsure: boolean;
}

/** So many symbols are followed up for one kind of packet; that many only meet in states that were made for it. */
const mostSteps = 100;

/**
 * How two states judge packets of which everything is settled but the symbols. Every symbol may hold or not hold,
 * whatever the others do; the walk asks for one after the other, as rules come to need them, and stops where both states
 * can only come to the same verdict.
 */
export function disagreements(pair: Pair): Disagreement[] {
  if (areAlike(pair)) return [];
  const found: Disagreement[] = [];
  const differing = differingItems(pair);
  const known = new Map<string, boolean>();
  let steps = 0;
  const walk = (): void => {
    const [before, after] = [decided(pair.before, known), decided(pair.after, known)];
    if (before.type === 'decision' && after.type === 'decision') {
      if (before.verdict !== after.verdict) found.push(disagreement(known, before, after, false));
      return;
    }
    // A packet that meets nothing in which they differ is judged the same.
    if (!differing.some((item) => matchOf(item, known) !== false) || canOnlyAgree(pair, known)) return;
    steps += 1;
    if (steps > mostSteps) {
      if (steps === mostSteps + 1) found.push(disagreement(known, guess(before), guess(after), true));
      return;
    }
    const symbol = before.type === 'open' ? before.symbol : after.type === 'open' ? after.symbol : '';
    for (const holds of [true, false]) {
      known.set(symbol, holds);
      walk();
    }
    known.delete(symbol);
  };
  walk();
  return found;
}

function differingItems(pair: Pair): Item[] {
  const codes = differingCodes(pair);
  return [...pair.before, ...pair.after].filter(({ code }) => codes.has(code));
}

function disagreement(
  known: ReadonlyMap<string, boolean>,
  before: Decision,
  after: Decision,
  isUnsure: boolean,
): Disagreement {
  const symbols = (wanted: boolean) => [...known].filter(([, holds]) => holds === wanted).map(([symbol]) => symbol);
  const decision = ({ verdict, rule }: Decision): Decision => ({ verdict, rule });
  return { when: symbols(true), unless: symbols(false), before: decision(before), after: decision(after), isUnsure };
}

type Walked = ({ readonly type: 'decision' } & Decision) | { readonly type: 'open'; readonly symbol: string };

function guess(walked: Walked): Decision {
  return walked.type === 'decision' ? walked : { verdict: 'drop', rule: null };
}

/** Follows the rules until one decides, or until it depends on a symbol that nothing is known of. */
function decided(sequence: Sequence, known: ReadonlyMap<string, boolean>): Walked {
  let passed = -1;
  for (const item of sequence) {
    if (item.context <= passed) continue;
    const match = matchOf(item, known);
    if (match === false) continue;
    if (match !== true) return { type: 'open', symbol: match };
    if (item.rule.outcome !== 'pass') {
      return { type: 'decision', verdict: item.rule.outcome, rule: item.rule.name };
    }
    passed = item.context;
  }
  return { type: 'decision', verdict: 'allow', rule: null };
}

/** Whether the item matches; the symbol that it depends on where that is open. */
function matchOf({ clauses }: Item, known: ReadonlyMap<string, boolean>): boolean | string {
  let open: string | null = null;
  for (const clause of clauses) {
    if (clause.some((symbol) => known.get(symbol) === true)) continue;
    const asked = clause.find((symbol) => !known.has(symbol));
    if (asked === undefined) return false;
    open ??= asked;
  }
  return open ?? true;
}

function canOnlyAgree({ before, after }: Pair, known: ReadonlyMap<string, boolean>): boolean {
  const possible = new Set([...possibleVerdicts(before, known), ...possibleVerdicts(after, known)]);
  return possible.size === 1;
}

/** At least every verdict that the sequence can still come to. */
function possibleVerdicts(sequence: Sequence, known: ReadonlyMap<string, boolean>): Set<Verdict> {
  const verdicts = new Set<Verdict>();
  /** A rule that matches for certain ends its context. */
  let ended = -1;
  let goesOn = true;
  for (const item of sequence) {
    if (item.context <= ended) continue;
    const match = matchOf(item, known);
    if (match === false) continue;
    const { outcome } = item.rule;
    if (outcome !== 'pass') verdicts.add(outcome);
    if (match !== true) continue;
    ended = item.context;
    if (outcome !== 'pass' && item.context === lastContext) goesOn = false;
  }
  if (goesOn) verdicts.add('allow');
  return verdicts;
}

const lastContext = 3;
