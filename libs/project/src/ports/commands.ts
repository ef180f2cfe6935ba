import { type Position } from '#core/desired';
import { type RemovalObstacle } from './removal.js';
import { type RuleDifference } from '../domain/rule-difference.js';

/** What operators may ask for. Each command is an event in the log before it has any effect; the caller then hints at the device. */
export interface OperatorCommands {
  /**
   * Asks for a declaration even if nothing changed.
   * @throws UnknownTenant when the device has no such tenant, or no tenants at all.
   */
  requestResync(command: ResyncCommand): Promise<CommandReceipt>;
  /**
   * Ends quarantines: the rules are tried again with the next declaration, though nothing of them changed.
   * @throws UnknownTenant, NothingInQuarantine
   */
  requestRetry(command: RetryCommand): Promise<RetryReceipt>;
  /**
   * What a rollback would do now; nothing is recorded.
   * @throws UnknownTenant, UnknownVersion
   */
  previewRollback(target: RollbackTarget): Promise<Rollback>;
  /**
   * Goes back to the rules of an earlier version, with the addresses of today, and holds the tenant there until it is
   * released. A tenant that is pinned already is pinned to this version instead.
   * @throws UnknownTenant, UnknownVersion
   */
  requestRollback(command: RollbackCommand): Promise<Rollback & CommandReceipt>;
  /**
   * Releases a tenant: its rules as they stand are declared again.
   * @throws UnknownTenant, NotPinned
   */
  requestRelease(command: ReleaseCommand): Promise<CommandReceipt>;
  /**
   * Approves the first declaration of a tenant, as it was shown. The caller then hints at the device.
   * @throws NothingToApprove when nothing waits for it, TakeoverChanged when it is not what was shown any more.
   */
  approveTakeover(command: ApproveTakeoverCommand): Promise<CommandReceipt>;
  /**
   * Asks for a tenant that left the configuration to be removed from the device, or only for a look whether it could be.
   * @throws UnknownTenant, TenantNotRemovable
   */
  requestRemoval(command: RemovalCommand): Promise<CommandReceipt>;
}

export interface ResyncCommand {
  readonly device: string;
  readonly tenants: readonly string[] | 'all';
  readonly actor: CommandActor;
}

export interface RetryCommand {
  readonly device: string;
  /** One rule, or whatever is in quarantine of some tenants. */
  readonly of: { readonly cluster: string; readonly uid: string } | { readonly tenants: readonly string[] | 'all' };
  readonly reason: string | null;
  readonly actor: CommandActor;
}

export interface RollbackTarget {
  readonly device: string;
  readonly tenant: string;
  /** A version that was applied, or a moment: then the version that the device held for certain. */
  readonly to: number | Date;
}

export interface RollbackCommand extends RollbackTarget {
  /** In the words of who asks. */
  readonly reason: string;
  readonly actor: CommandActor;
}

export interface ReleaseCommand {
  readonly device: string;
  readonly tenant: string;
  readonly reason: string;
  readonly actor: CommandActor;
}

export interface ApproveTakeoverCommand {
  readonly device: string;
  readonly tenant: string;
  /** Of the finding that was shown. */
  readonly digest: string;
  readonly actor: CommandActor;
}

export interface RemovalCommand {
  readonly device: string;
  readonly tenant: string;
  /** Only look; then a reason may be missing. */
  readonly dryRun: boolean;
  readonly reason: string | null;
  readonly actor: CommandActor;
}

/** Who asks, and from where. */
export interface CommandActor {
  readonly name: string;
  /** `api` or `cli`, with what is known of the caller's address. */
  readonly origin: string;
}

export interface CommandReceipt {
  /** Where the command stands in the event log. */
  readonly position: Position;
  readonly tenants: readonly string[];
}

export interface RetryReceipt extends CommandReceipt {
  readonly rules: readonly { readonly tenant: string; readonly cluster: string; readonly uid: string }[];
}

/** What a rollback comes to. */
export interface Rollback {
  readonly tenant: string;
  /** Whose rules are to be in force again, and when they came to be. */
  readonly version: number;
  readonly effective: { readonly from: Date; readonly to: Date };
  /** What the device holds now. */
  readonly current: number;
  /** The version to which the tenant is pinned already. */
  readonly pinned: number | null;
  /** What changes on the device, rule by rule, in rule order. */
  readonly differences: readonly RuleDifference[];
}

export class UnknownTenant extends Error {
  override readonly name = 'UnknownTenant';

  constructor(
    readonly device: string,
    /** Null when the device has none at all. */
    readonly tenant: string | null,
  ) {
    super(
      tenant === null
        ? `the device "${device}" has no tenants yet`
        : `the device "${device}" has no tenant "${tenant}"; \`ces tenants\` lists them`,
    );
  }
}

/** The device never held such a version of a tenant. */
export class UnknownVersion extends Error {
  override readonly name = 'UnknownVersion';

  constructor({ device, tenant, to }: RollbackTarget) {
    const which = typeof to === 'number' ? `version ${to}` : `a version at ${to.toISOString()}`;
    super(
      `the device "${device}" has not held ${which} of "${tenant}"; \`ces declarations ${tenant}\` lists what was applied`,
    );
  }
}

export class NotPinned extends Error {
  override readonly name = 'NotPinned';

  constructor(device: string, tenant: string) {
    super(`the tenant "${tenant}" of the device "${device}" is not pinned; there is nothing to release`);
  }
}

/** What the projections say against a removal; what the device says, the worker finds out. */
export class TenantNotRemovable extends Error {
  override readonly name = 'TenantNotRemovable';

  constructor(
    readonly tenant: string,
    readonly obstacles: readonly RemovalObstacle[],
  ) {
    super(`the tenant "${tenant}" cannot be removed. ${obstacles.map(({ message }) => message).join(' ')}`);
  }
}

export class NothingInQuarantine extends Error {
  override readonly name = 'NothingInQuarantine';

  constructor() {
    super('none of these rules is in quarantine; `ces rules --phase Quarantined` lists those that are');
  }
}

export class NothingToApprove extends Error {
  override readonly name = 'NothingToApprove';

  constructor(readonly tenant: string) {
    super(`the tenant "${tenant}" does not wait for an approval; \`ces takeover\` lists those that do`);
  }
}

export class TakeoverChanged extends Error {
  override readonly name = 'TakeoverChanged';

  constructor(readonly tenant: string) {
    super(
      `what the first declaration of the tenant "${tenant}" would mean has changed since it was shown; look at it again with \`ces takeover ${tenant}\``,
    );
  }
}
