import { type DeclaredRule, type DesiredTenant, type Position } from '#core/desired';
import { type JsonObject } from '#core/json';
import { type QuarantineTerms, type TakenPart } from './apply-log.js';
import { type DriftStanding } from './drift.js';
import { type CommandActor } from './commands.js';
import { type TakeoverStanding } from './takeover.js';

/** What the worker reads. Every answer is one consistent snapshot of the projections (REPEATABLE READ). */
export interface DesiredStateReader {
  /**
   * The tenants of a device that have work: wanted beyond applied, asked for by a resync, with a rule in quarantine that
   * is to be tried again, or with rules in an earlier form that applies to others by now; and those to which they hand
   * over rules.
   * Clusters whose first snapshots are not all in yet are left out, and so are the tenants that they have rules in:
   * half a picture could lack a denial.
   */
  work(device: string): Promise<DesiredSnapshot>;
  /** The tenants of which the device holds a version, by name. */
  declared(device: string): Promise<readonly string[]>;
  /** The same as `work` for the tenants named, whether they have work or not. */
  read(device: string, tenants: readonly string[]): Promise<DesiredSnapshot>;
}

export interface DesiredSnapshot {
  readonly device: string;
  /** The last position that the snapshot covers. */
  readonly position: Position;
  readonly takenAt: Date;
  readonly tenants: readonly TenantWork[];
}

export interface TenantWork {
  /** What is to be declared: the rules as they stand, or those of an earlier version while the tenant is pinned to it. */
  readonly desired: DesiredTenant;
  /** Null unless it is pinned. */
  readonly pin: Pin | null;
  /** The snapshot's position: what a declaration of `desired` covers. */
  readonly position: Position;
  readonly wanted: Position;
  readonly applied: Position;
  /** Where in the log a declaration was asked for even if nothing changed; null when that is done, or nobody did. */
  readonly resync: Position | null;
  /** When the oldest change was seen that the device does not have yet; null when it has all. */
  readonly pendingSince: Date | null;
  /** What the device holds as far as we know; null before the first declaration. */
  readonly current: AppliedVersion | null;
  /** What the device took, since `current`, of declarations that it refused, in their order. */
  readonly taken: readonly TakenDeclaration[];
  /**
   * The rules of the last good version with today's addresses: what is declared when the desired rules fail for good.
   * A denial whose source selector changed since applies to whom the earlier one selects today; a permission to those of
   * them that it had. A denial that was deleted since stays, a permission goes. Null before the first good version.
   */
  readonly lastGood: readonly DeclaredRule[] | null;
  /** Rules that left this tenant for another one, since all that was desired stood here. */
  readonly moving: readonly MovingRule[];
  /** Rules that the device refused, as they were then. */
  readonly quarantined: readonly QuarantinedRule[];
  readonly drift: DriftStanding;
  readonly takeover: TakeoverStanding;
  /** Prefixes that the device holds for some rule, or may hold, and that the desired rules lack: withdrawals. */
  readonly withdrawn: readonly string[];
}

export interface MovingRule {
  /** The tenant that it is desired in now. */
  readonly to: string;
  /** As it would stand here meanwhile: in its earlier form, with today's addresses, and narrower where it is now. */
  readonly rule: DeclaredRule;
}

export interface TakenDeclaration {
  readonly part: TakenPart;
  readonly declaration: JsonObject;
  readonly rules: readonly DeclaredRule[];
}

/** A tenant is held at the rules of an earlier version until it is released. */
export interface Pin {
  readonly version: number;
  readonly since: Date;
  readonly actor: CommandActor;
  /** In the words of who did it. */
  readonly reason: string;
}

export interface QuarantinedRule extends QuarantineTerms {
  readonly cluster: string;
  readonly uid: string;
  readonly reason: string;
  readonly message: string;
  /** Whether it is time to try it again. */
  readonly due: boolean;
}

export interface AppliedVersion {
  readonly version: number;
  readonly digest: string;
  readonly position: Position;
  /** The rules that stand on the device with it. */
  readonly rules: readonly DeclaredRule[];
  /** The tenant's body as it was declared, without lock key and label of the epoch. */
  readonly declaration: JsonObject;
}
