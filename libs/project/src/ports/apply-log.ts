import { type DeclaredRule, type Position } from '#core/desired';
import { type JsonObject } from '#core/json';
import { type TakeoverFinding } from './takeover.js';

/**
 * Where the worker writes down what it does: the lease on a device, every attempt before it is made, and its outcome.
 * Each call that takes a lease checks its epoch in the same transaction and throws `LeaseLost` when another holder has
 * taken over: then nothing was written.
 */
export interface ApplyLog {
  /**
   * Takes the device for `milliseconds`, or renews what `holder` holds. Null while somebody else holds it.
   * The epoch grows with every change of holder and whenever an expired lease is taken again.
   */
  acquire(device: string, holder: string, milliseconds: number): Promise<Lease | null>;
  /** Throws `LeaseLost`. */
  renew(lease: Lease, milliseconds: number): Promise<void>;
  /** Gives the device back, so that the next holder need not wait. */
  release(lease: Lease): Promise<void>;

  /** Attempts without an outcome, oldest first: left by an earlier holder, or by ourselves when the answer was lost. */
  openAttempts(device: string): Promise<readonly OpenAttempt[]>;
  /** Tenants whose newest attempt had not reached the device when that was looked into (`notApplied`): it may come yet. */
  strayed(device: string): Promise<readonly string[]>;
  /** Records the intention before anything is sent. Gives the attempt's id and the version that it would become. */
  begin(lease: Lease, attempt: PlannedAttempt): Promise<{ readonly id: number; readonly version: number }>;
  /** Records the task under which AS3 works on the attempt. */
  posted(lease: Lease, attempt: number, task: string): Promise<void>;
  /** Closes the attempt, appends the device's answer to the event log, and brings versions, grants and statuses up to it. */
  conclude(lease: Lease, attempt: number, outcome: AttemptOutcome): Promise<void>;

  /**
   * The desired state up to `position` compiles to what the device holds: nothing had to be sent.
   * @param heldBack rules that are not on the device all the same, because the compiler left them out.
   */
  unchanged(lease: Lease, tenant: string, position: Position, heldBack?: readonly HeldBackRule[]): Promise<void>;
  /** Says in the status of the tenant's waiting rules why they wait, or why they are kept back. */
  report(lease: Lease, tenant: string, report: TenantReport): Promise<void>;
  /** Writes down what the first declaration of a tenant would mean. Does nothing when the same was found last. */
  takeoverFound(lease: Lease, tenant: string, finding: TakeoverFinding): Promise<void>;
}

/** The reason of an attempt of which nothing was found on the device when it was settled. */
export const notApplied = 'NotApplied';

export interface Lease {
  readonly device: string;
  readonly holder: string;
  readonly epoch: number;
}

/** Another holder has taken the device over: stop, and touch nothing. */
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost';

  constructor(readonly lease: Lease) {
    super(`the lease on "${lease.device}" with epoch ${String(lease.epoch)} has passed to another worker`);
  }
}

/**
 * change: the desired rules, all but those in quarantine · isolation: some of what changed, to find out which rule the
 * device refuses; taken, it is the next version to fall back to · last-good: earlier rules with today's addresses, after a
 * permanent failure · rollback: the rules of the version that the tenant is pinned to · put-back: what is desired, but without the rules that were to come from another tenant, and with those
 * that were to go there, because one of the two is refused (ADR 22); both stay in work ·
 * interim: one that another has to follow, be it in another tenant. Where rule lists are removed, the policies are as desired already, and the
 * lists still exist; where Common would be open between AS3's two transactions, policies allow only what is allowed both
 * before and after. Concluding it moves versions and grants, but not `applied`: the tenant stays in work until the last
 * one is through, whoever holds the device then · removal: the tenant declared empty, upon which AS3 deletes it; applied, the
 * tenant is forgotten.
 */
export type Purpose = 'change' | 'isolation' | 'last-good' | 'rollback' | 'put-back' | 'interim' | 'removal';

export interface PlannedAttempt {
  readonly tenant: string;
  readonly purpose: Purpose;
  readonly position: Position;
  readonly digest: string;
  /** What is declared: rules that are held out of it are not among them. */
  readonly rules: readonly DeclaredRule[];
  readonly declaration: JsonObject;
  /** What is known beforehand of the rules that this declaration will not bring to the device as they stand, and why. */
  readonly heldBack: readonly HeldBackRule[];
}

export interface OpenAttempt extends PlannedAttempt {
  readonly id: number;
  readonly version: number;
  readonly epoch: number;
  /** Null when it is not known whether AS3 ever got it. */
  readonly task: string | null;
  readonly begunAt: Date;
}

export type AttemptOutcome =
  /** The device holds it. Effective between the two times; they differ when the answer was lost for a while. */
  | {
      readonly type: 'applied';
      readonly effectiveFrom: Date;
      readonly effectiveTo: Date;
      /** Rules that are not on the device as they stand now, and why. All others of the tenant are. */
      readonly heldBack: readonly HeldBackRule[];
    }
  /** The device holds what it held before, except for what it took. */
  | {
      readonly type: 'refused';
      readonly reason: string;
      readonly message: string;
      /** The same content will be refused each time. */
      readonly permanent: boolean;
      /** Which rule is at fault is being found out: meanwhile the rules wait. */
      readonly isolating?: boolean;
      readonly taken?: Taken;
    }
  /** AS3 did not look at it: it is as if it had not been, so that nothing grows while it is asked again and again. */
  | { readonly type: 'withdrawn' };

/**
 * What a device took of a declaration of Common that it refused, for AS3 applies Common in two transactions: the additions
 * of the first, or, where the first was refused and the second went through, all of it. AS3 goes on to store what was
 * declared before.
 */
export interface Taken {
  readonly part: TakenPart;
  readonly effectiveFrom: Date;
  readonly effectiveTo: Date;
}

export type TakenPart = 'additions' | 'all';

export interface HeldBackRule {
  readonly cluster: string;
  readonly uid: string;
  readonly reason: string;
  /** In the device's own words where it has any. */
  readonly message: string;
  /** The device refuses this very rule. Each version that is applied says all of its tenant's rules in quarantine. */
  readonly quarantine?: QuarantineTerms;
}

export interface QuarantineTerms {
  /** SHA-256 (hex) of what was refused: the rule's definition, with what it refers to. Another one is not in quarantine. */
  readonly definition: string;
  /** RFC 3339. */
  readonly since: string;
  /** How often it was refused. */
  readonly tries: number;
  /** RFC 3339; from then on it is tried again, though nothing changed. */
  readonly retryAt: string;
  /** The attempt that was refused; null where a dry run told. */
  readonly attempt: number | null;
}

export interface TenantReport {
  /** waiting: it goes on by itself · failed: somebody has to act. */
  readonly state: 'waiting' | 'failed';
  readonly reason: string;
  readonly message: string;
}
