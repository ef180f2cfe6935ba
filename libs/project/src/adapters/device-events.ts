import { type Position } from '#core/desired';
import { type JsonObject, parseJson } from '#core/json';
import { type CommandActor } from '../ports/commands.js';
import { type DriftAction, type DriftFinding } from '../ports/drift.js';
import { type HeldBackRule, type Purpose, type TakenPart, type TenantReport } from '../ports/apply-log.js';
import { type RemovalFinding } from '../ports/removal.js';
import { type TakeoverFinding } from '../ports/takeover.js';
import { type NewEvent } from './event-log.js';

/** A fact about a device that was accepted into the log: an answer of its, what the worker found, or a command. */
export type DeviceEvent =
  | DeclarationApplied
  | DeclarationRefused
  /** The desired state up to the position compiles to what the device holds. */
  | {
      readonly type: 'tenant-unchanged';
      readonly tenant: string;
      readonly position: Position;
      readonly heldBack: readonly HeldBackRule[];
    }
  /** Why the tenant's rules wait, or are kept back. */
  | ({ readonly type: 'tenant-reported'; readonly tenant: string } & TenantReport)
  | TakeoverFound
  | TakeoverApproved
  | RemovalRequested
  | RemovalExamined
  | DriftFound
  | DriftEnded
  | { readonly type: 'resync-requested'; readonly tenants: readonly string[]; readonly actor: CommandActor }
  | RetryRequested
  | TenantPinned
  | TenantReleased;

interface Attempt {
  readonly attempt: number;
  readonly tenant: string;
  readonly version: number;
  readonly purpose: Purpose;
  /** What the attempt covers. */
  readonly position: Position;
}

/** RFC 3339; the device holds it from some moment between the two on. */
interface Effective {
  readonly effectiveFrom: string;
  readonly effectiveTo: string;
}

export interface DeclarationApplied extends Attempt, Effective {
  readonly type: 'declaration-applied';
  readonly heldBack: readonly HeldBackRule[];
}

export interface DeclarationRefused extends Attempt {
  readonly type: 'declaration-refused';
  readonly reason: string;
  readonly message: string;
  readonly permanent: boolean;
  readonly isolating?: boolean;
  readonly taken?: Effective & { readonly part: TakenPart };
}

/** What the first declaration of a tenant would mean; it waits until that is approved. */
export interface TakeoverFound {
  readonly type: 'takeover-found';
  readonly tenant: string;
  readonly finding: TakeoverFinding;
}

export interface TakeoverApproved {
  readonly type: 'takeover-approved';
  readonly tenant: string;
  /** Of the finding that was shown. */
  readonly digest: string;
  readonly actor: CommandActor;
}

/** A tenant that left the configuration is to be removed from the device, or to be looked at for that. */
export interface RemovalRequested {
  readonly type: 'removal-requested';
  readonly tenant: string;
  readonly dryRun: boolean;
  readonly reason: string | null;
  readonly actor: CommandActor;
}

/** What the worker found of a tenant that is to be removed. */
export interface RemovalExamined {
  readonly type: 'removal-examined';
  readonly tenant: string;
  /** The position of the request. */
  readonly request: Position;
  readonly finding: RemovalFinding;
}

/** The device no longer holds what was applied. */
export interface DriftFound {
  readonly type: 'drift-found';
  readonly tenant: string;
  readonly action: DriftAction;
  readonly repairs: number;
  /** RFC 3339; until then at least the device held what the log says. */
  readonly before: string;
  readonly drift: Omit<DriftFinding, 'before'>;
}

/** The device holds again what was applied. */
export interface DriftEnded {
  readonly type: 'drift-ended';
  readonly tenant: string;
  /** RFC 3339; then it still did not. */
  readonly before: string;
}

/** Rules are to leave quarantine for a try. */
export interface RetryRequested {
  readonly type: 'retry-requested';
  readonly rules: readonly { readonly tenant: string; readonly cluster: string; readonly uid: string }[];
  readonly reason: string | null;
  readonly actor: CommandActor;
}

/** A tenant is held at the rules of a version. The clusters' events `rules-pinned` that follow say which these are. */
export interface TenantPinned {
  readonly type: 'tenant-pinned';
  readonly tenant: string;
  readonly version: number;
  readonly reason: string;
  readonly actor: CommandActor;
}

export interface TenantReleased {
  readonly type: 'tenant-released';
  readonly tenant: string;
  readonly reason: string;
  readonly actor: CommandActor;
}

/** An event of a device as a row of the log. `eventId`: its identity (promise 3). */
export function deviceEventRow(device: string, event: DeviceEvent, eventId: string, observedAt: Date): NewEvent {
  return {
    eventId,
    device,
    cluster: null,
    type: event.type,
    kind: null,
    uid: null,
    resourceVersion: null,
    data: parseJson(JSON.stringify(event)) as JsonObject,
    observedAt,
  };
}
