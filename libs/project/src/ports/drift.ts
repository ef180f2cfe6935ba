import { type Position } from '#core/desired';
import { type DriftedObject, type LostPlace } from '../domain/drift-difference.js';
import { type DriftAction } from '../domain/drift-message.js';
import { type Lease } from './apply-log.js';

export type { DriftedObject, LostPlace } from '../domain/drift-difference.js';
export type { DriftAction } from '../domain/drift-message.js';

/**
 * Where the worker writes down that a device no longer holds what was applied, and that it does again. As in `ApplyLog`,
 * each call checks the lease's epoch in the same transaction and throws `LeaseLost`.
 */
export interface DriftLog {
  /**
   * An event with an audit entry that has the exact difference, a word to the rules that are concerned, and the ranges in
   * which the device held their prefixes. With the response `repair` the tenant is to be declared again. Does nothing when
   * the same was said last and nothing has come of it yet. Gives whether it was something new.
   */
  drifted(lease: Lease, tenant: string, drift: DriftFinding, response: DriftResponse): Promise<boolean>;
  /**
   * A look at the device found what was applied. Does nothing where no drift was noticed before.
   * @param before the look before this one, null when there was none since this worker holds the device.
   */
  driftEnded(lease: Lease, tenant: string, before: Date | null): Promise<void>;
}

export interface DriftResponse {
  readonly action: DriftAction;
  /** How many repairs in a row this makes. */
  readonly repairs: number;
}

/** How a tenant stands with drift. */
export interface DriftStanding {
  /** Null while the device holds what was applied, as far as we know. */
  readonly present: PresentDrift | null;
  /** How many repairs were begun in a row; an operator's resync sets it back to 0. */
  readonly repairs: number;
  readonly lastRepair: Date | null;
}

export interface PresentDrift {
  readonly action: DriftAction;
  /** When it was noticed first. */
  readonly since: Date;
  /** Of its latest audit entry, which has the exact difference. */
  readonly position: Position;
  readonly message: string;
  /** Rules of policies stand in another order. */
  readonly reordered: boolean;
}

/** What the device holds otherwise than it was applied. */
export interface DriftFinding {
  /** For people: what differs, in a sentence. */
  readonly message: string;
  /** Whether AS3 itself was asked for it (another writer, an older archive), or it was done past AS3. */
  readonly by: 'as3' | 'past-as3';
  /** The rules whose objects differ; null when it concerns all rules of the tenant. */
  readonly rules: readonly RuleReference[] | null;
  readonly objects: readonly DriftedObject[];
  /** How many more objects differ than are listed. */
  readonly furtherObjects: number;
  /** Places where our policy is no longer enforced. */
  readonly enforcement: readonly LostPlace[];
  /** Rules of policies stand in another order: AS3 has to be made to see it. */
  readonly reordered: boolean;
  readonly held: HeldInstead;
  /** The look at the device before this one; null when there was none since this worker holds it. */
  readonly before: Date | null;
}

export interface RuleReference {
  readonly cluster: string;
  readonly uid: string;
}

/** How the prefixes for which rules stand on the device differ from those of the version that was applied. */
export interface HeldInstead {
  /** What the device no longer holds: everything of the tenant, or of rules. */
  readonly without: 'all' | readonly RulePrefixes[];
  readonly besides: readonly RulePrefixes[];
}

export interface RulePrefixes extends RuleReference {
  /** As they were declared; null for all of the rule's. */
  readonly prefixes: readonly string[] | null;
}
