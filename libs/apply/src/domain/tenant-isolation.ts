import { commonTenant } from '#core/configuration';
import { type JsonObject } from '#core/json';
import { isDenial } from '#core/rule';
import { type TenantWork } from '#project/ports/desired-state';
import { isBare, type StoredTenant } from './contact.js';
import { type DeviceFailure } from './failures.js';
import { freshSearch, isHopeless, passed, refused, type Search } from './isolate.js';
import { rulesNamed } from './named-rules.js';
import { type Intention } from './quarantine.js';

/**
 * Which rules of a tenant are refused is being found out. It outlives a pass of the worker: each pass makes one trial, with
 * today's addresses, and other tenants have their turn in between. What was taken, and who was found out, is in the
 * database; a new holder of the lease has only the trials that were refused to make again.
 */
export interface Isolation {
  readonly search: Search;
  /** dry-run: AS3 itself finds fault with what it reads, so that the device need not be asked. */
  readonly by: 'declaration' | 'dry-run';
  /** Whether the device takes the rules without any of the changes. */
  readonly proven: boolean;
  /** All that is desired, and how the last trial was refused: with the fewest rules in it, it says most. */
  readonly refusal: Refusal;
}

/** The desired rules, compiled to this digest, were refused for good. */
export interface Refusal {
  readonly digest: string;
  readonly failure: DeviceFailure;
}

/** What was refused. */
export interface RefusedTrial {
  readonly failure: DeviceFailure;
  /** Null for a dry run. */
  readonly attempt: number | null;
  readonly at: Date;
  readonly digest: string;
  readonly body: JsonObject;
}

/** In Common a declaration that is refused may be half applied: there one change is tried at a time (ADR 19). */
export function changesAtATime(work: TenantWork, isolation: Isolation | null): number | undefined {
  return isolation?.by === 'declaration' && work.desired.tenant === commonTenant ? 1 : undefined;
}

/** Who finds fault: AS3 with what it reads, or the device with what it is to do. */
function refuserOf({ kind }: DeviceFailure): Isolation['by'] {
  return kind === 'schema' ? 'dry-run' : 'declaration';
}

/** What follows from a refusal; null where leaving out rules does not help. */
export function afterRefusedTrial(
  { work, stored, isolation }: { work: TenantWork; stored: StoredTenant | null; isolation: Isolation | null },
  { search, trial, units }: Intention,
  { failure, attempt, at, digest, body }: RefusedTrial,
): Isolation | null {
  if (trial.added.length === 0) return null;
  const by = refuserOf(failure);
  // What only a dry run has taken says nothing of the device.
  const dry = isolation?.by === 'dry-run' && by === 'declaration';
  const before = dry ? { ...freshSearch, offenders: search.offenders } : search;
  const tried = dry ? { ...trial, added: [...search.good, ...trial.added] } : trial;
  const named = rulesNamed(failure.detail, body, work.desired);
  const accused = units.filter(({ changes }) => changes.some(({ key }) => named.includes(key))).map(({ id }) => id);
  const next: Isolation = {
    search: refused(before, tried, { message: failure.message, attempt, at }, accused),
    by,
    proven: isolation?.proven ?? false,
    refusal: { digest: isolation?.refusal.digest ?? digest, failure },
  };
  if (isHopeless(next.search)) return null;
  return work.lastGood !== null || stored === null || isBare(stored.body) || mayBeLeftOut(next, units) ? next : null;
}

/**
 * Before the first version of ours, what the tenant holds is somebody else's work, which no trial may take away. Permissions
 * that the device names can be left out all the same: that only narrows.
 */
function mayBeLeftOut({ search }: Isolation, units: Intention['units']): boolean {
  const offenders = units.filter(({ id }) => search.offenders.has(id));
  const permissions = offenders.every(({ changes }) =>
    changes.every(({ after }) => after !== null && !isDenial(after.action)),
  );
  return search.suspects.length === 0 && permissions;
}

export function afterTakenTrial(isolation: Isolation, { search, trial }: Intention): Isolation {
  return { ...isolation, search: passed(search, trial), proven: true };
}

/**
 * Whether the rules are to be declared without any of the changes before the next trial: to clean up what was half applied,
 * because addresses have to leave, or to see whether the changes are to blame at all.
 */
export function needsGroundwork(
  { work, taken }: { readonly work: TenantWork; readonly taken: TenantWork['taken'] },
  { search, proven }: Isolation,
): boolean {
  const unfounded = !proven && [...search.offenders.values()].some(({ named }) => !named);
  return taken.length > 0 || work.withdrawn.length > 0 || unfounded;
}
