import { type DeclaredRule, type DesiredRule } from '#core/desired';
import { canonicalJson, plainJson } from '#core/json';
import { definitionOf, ruleKey } from '#project/domain/last-good';
import { type HeldBackRule, type QuarantineTerms } from '#project/ports/apply-log';
import { type QuarantinedRule, type TenantWork } from '#project/ports/desired-state';
import { createHash } from 'node:crypto';
import { freshSearch, nextTrial, type Offence, openCandidates, type Search, type Trial } from './isolate.js';
import { changesBetween, type RuleChange, rulesWith, type Unit, unitsOf } from './rule-changes.js';

/** What to declare of a tenant while the device refuses some of its rules, or it is not known which. */
export interface Intention {
  readonly rules: readonly DeclaredRule[];
  /** Rules that are left out, or keep an earlier form, and why. */
  readonly heldOut: readonly HeldBackRule[];
  readonly search: Search;
  readonly trial: Trial;
  readonly units: readonly Unit[];
}

/**
 * The rules to try next, or, when nothing is being looked for, all but those in quarantine.
 * @param most how many changes to try at a time.
 */
export function intend(work: TenantWork, search: Search | null, most?: number): Intention {
  const definition = definitions(work);
  const { rules: desired } = work.desired;
  const units = unitsOf(
    changesBetween(work.lastGood ?? [], desired),
    (change) => `${change.key} ${definition(change)}`,
  );
  const known = withQuarantine(search ?? freshSearch, units, work.quarantined, definition);
  const trial = nextTrial(known, units, most);
  const made = new Set([...known.good, ...trial.added]);
  const rules = rulesWith(
    { desired, units },
    ({ id }) => made.has(id),
    ({ id }) => known.offenders.has(id),
  );
  return { rules, heldOut: heldOut(work, known, units, definition), search: known, trial, units };
}

/** Whether something of the tenant is refused at the moment, so that not simply all of it can be declared. */
export function hasQuarantine({ quarantined }: TenantWork): boolean {
  return quarantined.some(({ due }) => !due);
}

/** Names what a change makes of its rule, with all that it refers to. */
type DefinitionOf = (change: RuleChange) => string;

/** External services and bandwidths are in a rule's definition; the tenant's configuration stands beside it. */
function definitions({ desired }: TenantWork): DefinitionOf {
  const configurations = canonicalJson(plainJson(desired.configurations));
  return ({ after }) =>
    createHash('sha256')
      .update(after === null ? '' : definitionOf(after))
      .update(configurations)
      .digest('hex');
}

function withQuarantine(
  search: Search,
  units: readonly Unit[],
  quarantined: readonly QuarantinedRule[],
  definition: DefinitionOf,
): Search {
  const rows = new Map(quarantined.filter(({ due }) => !due).map((row) => [ruleKey(row), row]));
  const offenders = new Map<string, Offence>();
  for (const { id, changes } of units) {
    for (const change of changes) {
      const row = rows.get(change.key);
      if (row?.definition !== definition(change)) continue;
      offenders.set(id, { message: row.message, attempt: row.attempt, at: new Date(row.since), named: true });
    }
  }
  return { ...search, offenders: new Map([...offenders, ...search.offenders]) };
}

function heldOut(work: TenantWork, search: Search, units: readonly Unit[], definition: DefinitionOf): HeldBackRule[] {
  const open = new Set(openCandidates(search, units).map(({ id }) => id));
  const rows = new Map(work.quarantined.map((row) => [ruleKey(row), row]));
  return units.flatMap((unit) => {
    const offence = search.offenders.get(unit.id);
    if (offence === undefined && (open.has(unit.id) || search.good.has(unit.id))) return [];
    return unit.changes.flatMap((change) => {
      if (change.after === null) return [];
      const { cluster, uid } = change.after;
      if (offence === undefined) return [{ cluster, uid, ...waitingFor(unit, units, search) }];
      const quarantine = termsOf(offence, rows.get(change.key), definition(change));
      return [{ cluster, uid, reason: 'Quarantined', message: offence.message, quarantine }];
    });
  });
}

/** What restricts it is refused: without that it would let out what its author never meant to. */
function waitingFor(unit: Unit, units: readonly Unit[], search: Search): Pick<HeldBackRule, 'reason' | 'message'> {
  const required = units.filter(({ id }) => unit.requires.includes(id));
  const culprit = required.find(({ id }) => search.offenders.has(id)) ?? required[0];
  const names = (culprit?.changes ?? []).flatMap(({ after }) => (after === null ? [] : [nameOf(after)]));
  return {
    reason: 'DenialRefused',
    message: `It changed together with what restricts it, and the BIG-IP refuses that: ${names.join(', ')}.`,
  };
}

function nameOf({ kind, namespace, name }: DesiredRule): string {
  return namespace === '' ? `${kind} ${name}` : `${kind} ${namespace}/${name}`;
}

/** The first try after this long, in milliseconds, then each after twice as long, up to the longest. */
const firstRetry = 10 * 60_000;
const longestRetry = 6 * 60 * 60_000;

function termsOf(offence: Offence, row: QuarantinedRule | undefined, definition: string): QuarantineTerms {
  const before = row?.definition === definition ? row : undefined;
  if (before?.due === false) {
    const { since, tries, retryAt, attempt } = before;
    return { definition, since, tries, retryAt, attempt };
  }
  const tries = (before?.tries ?? 0) + 1;
  const wait = Math.min(firstRetry * 2 ** (tries - 1), longestRetry);
  return {
    definition,
    since: before?.since ?? offence.at.toISOString(),
    tries,
    retryAt: new Date(offence.at.getTime() + wait).toISOString(),
    attempt: offence.attempt,
  };
}
