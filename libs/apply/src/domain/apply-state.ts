import { type CompiledTenant } from '#compile/compile-tenant';
import { type DeclaredRule, type DesiredRule } from '#core/desired';
import { type JsonObject } from '#core/json';
import { type AttemptOutcome, type HeldBackRule, type Purpose, type TenantReport } from '#project/ports/apply-log';
import { type TakenDeclaration, type TenantWork } from '#project/ports/desired-state';
import { type TenantResult } from './classify.js';
import { type TakeoverFinding } from '#project/ports/takeover';
import { type Hold, type PartitionContents, type StoredTenant } from './contact.js';
import { type EnforcementFinding } from './enforcement.js';
import { type DeviceFailure } from './failures.js';
import { type Intention } from './quarantine.js';
import { type Isolation, type Refusal } from './tenant-isolation.js';

/**
 * How one tenant goes from dirty to applied. `decide` says what to do next, `evolve` takes in what came of it; between
 * the two lies everything that can fail, and the process may be killed.
 *
 * contact    nothing is known of what AS3 stored; it is read
 * inspect    AS3 does not know the tenant; the partition is looked into, for AS3 would delete what stands there
 * survey     the tenant is not ours yet: what its first declaration would mean is found out
 * probe      compiled; AS3 is asked whether it would take it (while a rule that it finds fault with is looked for)
 * declare    compiled; a declaration is sent (several, where the last one alone would open the firewall for a moment)
 * await      AS3 works on it under a task
 * enforce    the device holds it; policies that AS3 cannot enforce are looked at, and enforced where nothing is
 * conclude   the outcome is written down
 * over       nothing more to do now
 */
export type TenantApply =
  | (Known & { readonly phase: 'contact' })
  | (Known & { readonly phase: 'inspect' })
  | (Known & {
      readonly phase: 'survey';
      readonly hold: Hold;
      readonly compiled: CompiledTenant;
      readonly objects: readonly string[];
    })
  | (Planned & { readonly phase: 'probe' })
  | (Planned & { readonly phase: 'declare' })
  | (Planned & Attempted & { readonly phase: 'await'; readonly task: string })
  | (Planned & Attempted & { readonly phase: 'enforce'; readonly effectiveFrom: Date; readonly effectiveTo: Date })
  | (Planned &
      Attempted & { readonly phase: 'conclude'; readonly outcome: AttemptOutcome; readonly next: AfterConclusion })
  | (Known & { readonly phase: 'over'; readonly result: TenantResultOfApply });

/**
 * What is to be declared of a tenant.
 *
 * whole        all that is desired
 * move         the same, as one of several tenants between which rules pass: it is settled when all of them are there
 * put-back     what `withoutMoves` gives, because one of those tenants cannot be as desired
 * withdrawal   only what leaves is taken away, because another tenant has to come first
 */
export type Aim = 'whole' | 'move' | 'put-back' | 'withdrawal';

export interface Known {
  readonly work: TenantWork;
  readonly aim: Aim;
  readonly takeover: 'hold' | 'automatic';
  /** Declare even if the digest is the one applied: a resync, or a new holder's first one after an open attempt. */
  readonly forced: boolean;
  /** Digest of what the device holds as far as we know; null before the first declaration. */
  readonly held: string | null;
  /** What the device took of declarations that it refused, beyond what AS3 stored. */
  readonly taken: readonly TakenDeclaration[];
  /** The rules that stand on the device, as far as we know. */
  readonly standing: readonly DeclaredRule[];
  /** What AS3 stored; undefined while unread, null when it does not know the tenant. */
  readonly stored: StoredTenant | null | undefined;
  /** A refusal of exactly these rules that is not to be provoked again yet. */
  readonly remembered: Refusal | null;
  /** Why the desired rules were refused for good, while the last good ones go on. */
  readonly refusal: Refusal | null;
  /** Which rule is refused is being found out. */
  readonly isolation: Isolation | null;
  /** How often another writer came in between. */
  readonly merges: number;
}

/** What is declared, and why. */
export interface Planned extends Known {
  readonly purpose: Purpose;
  readonly compiled: CompiledTenant;
  readonly rules: readonly DeclaredRule[];
  readonly heldBack: readonly HeldBackRule[];
  /** Null while all desired rules, or the last good ones, are declared. */
  readonly intention: Intention | null;
  readonly step: number;
}

export interface Attempted {
  readonly attempt: number;
}

export type AfterConclusion =
  | { readonly type: 'next-step' }
  | { readonly type: 'contact' }
  | { readonly type: 'last-good'; readonly refusal: Refusal }
  | { readonly type: 'isolate'; readonly isolation: Isolation }
  | { readonly type: 'over'; readonly result: TenantResultOfApply };

export type TenantResultOfApply =
  | { readonly type: 'applied'; readonly purpose: Purpose; readonly refusal: Refusal | null }
  | { readonly type: 'unchanged'; readonly heldBack: readonly HeldBackRule[] }
  /** What is left of the tenant needs no declaration. */
  | { readonly type: 'nothing'; readonly heldBack: readonly HeldBackRule[] }
  /** It waits until somebody approves of what was found. */
  | { readonly type: 'held'; readonly hold: Hold; readonly finding: TakeoverFinding }
  | { readonly type: 'reported'; readonly report: TenantReport; readonly refusal: Refusal | null }
  /** One trial was made; the next one is to follow soon, on a new snapshot. */
  | { readonly type: 'isolating'; readonly isolation: Isolation }
  /** Something passing: to be tried again, with back-off. */
  | { readonly type: 'again'; readonly failure: DeviceFailure };

export type Command =
  | { readonly type: 'read-stored' }
  | { readonly type: 'inspect-partition' }
  | {
      readonly type: 'survey';
      readonly hold: Hold;
      readonly compiled: CompiledTenant;
      readonly objects: readonly string[];
    }
  | { readonly type: 'probe'; readonly body: JsonObject; readonly schemaVersion: string }
  | {
      readonly type: 'declare';
      readonly purpose: Purpose;
      readonly body: JsonObject;
      readonly schemaVersion: string;
      readonly digest: string;
      readonly rules: readonly DeclaredRule[];
      readonly heldBack: readonly HeldBackRule[];
      readonly lockKey: string | null;
    }
  | {
      readonly type: 'poll';
      readonly attempt: number;
      readonly task: string;
      /** What was sent. */
      readonly body: JsonObject;
      readonly schemaVersion: string;
    }
  | { readonly type: 'enforce'; readonly compiled: CompiledTenant }
  | { readonly type: 'conclude'; readonly attempt: number; readonly outcome: AttemptOutcome };

export type Observation =
  | { readonly type: 'stored'; readonly stored: StoredTenant | null }
  | { readonly type: 'partition'; readonly contents: PartitionContents }
  | { readonly type: 'surveyed'; readonly finding: TakeoverFinding }
  /** AS3 would take it, or not. */
  | { readonly type: 'probed'; readonly failure: DeviceFailure | null; readonly at: Date }
  | { readonly type: 'accepted'; readonly attempt: number; readonly task: string }
  | Ended
  | { readonly type: 'enforced'; readonly findings: readonly EnforcementFinding[] }
  | Failed
  | { readonly type: 'concluded' };

/** A call failed. */
export interface Failed {
  readonly type: 'failed';
  readonly failure: DeviceFailure;
  /** When it was the declaration itself. */
  readonly attempt: number | null;
  readonly at: Date;
}

/** AS3 is done with a declaration: some time after `from`, at `to` at the latest. */
export interface Ended {
  readonly type: 'ended';
  readonly attempt: number;
  readonly results: readonly TenantResult[];
  /** The tenant as AS3 stored it now, undefined when it did not say. */
  readonly stored: StoredTenant | undefined;
  readonly from: Date;
  readonly to: Date;
}

/** Turns rules into a declaration, in the light of what AS3 stored. */
export type Compile = (
  work: TenantWork,
  rules: readonly DesiredRule[],
  stored: StoredTenant | null,
) => CompiledTenant | null;
