import { type Position } from '#core/desired';
import { type Lease } from './apply-log.js';

/**
 * A tenant that left the configuration leaves the device when somebody asks for it. AS3 then deletes its whole partition,
 * so the worker looks first what stands there.
 */
export interface RemovalLog {
  /** The removals that were asked for and have no answer yet, by tenant; each with its obstacles of the same snapshot. */
  openRemovals(device: string): Promise<readonly OpenRemoval[]>;
  /** Writes down what the worker found: it ends a dry run, and a removal that must not be. Throws `LeaseLost`. */
  removalExamined(lease: Lease, removal: OpenRemoval, finding: RemovalFinding): Promise<void>;
}

export interface OpenRemoval {
  readonly tenant: string;
  /** Of the request. */
  readonly position: Position;
  /** Only look. */
  readonly dryRun: boolean;
  /** The last position of the snapshot: what is wanted of the tenant up to there is its absence. */
  readonly covers: Position;
  /** What the projections say against it. */
  readonly obstacles: readonly RemovalObstacle[];
}

/** Why a tenant must not be removed, in words for whoever asked. */
export interface RemovalObstacle {
  readonly reason: RemovalObstacleReason;
  readonly message: string;
}

export const removalObstacleReasons = [
  /** AS3 never removes Common. */
  'Common',
  /** A configuration names it. */
  'Configured',
  /** What a cluster wants is not known completely. */
  'ClusterUnknown',
  'Observing',
  'Pinned',
  /** Rules of ours are still there, or changes are on their way. */
  'NotEmptied',
  'AlreadyAsked',
  'As3VersionUnsupported',
  /** AS3 stores objects in it that are not ours. */
  'OthersDeclared',
  /** The device holds objects in it that AS3 does not know. */
  'UnknownToAs3',
  /** AS3 cannot compare what it stored with the device. */
  'NotComparable',
  /** AS3 or the device refuses it. */
  'Refused',
] as const;
export type RemovalObstacleReason = (typeof removalObstacleReasons)[number];

/** What the worker found. */
export interface RemovalFinding {
  /** Whether AS3 knows the tenant. If not, nothing is deleted: CES only forgets it. */
  readonly stored: boolean;
  /** Full paths of what AS3 would delete from the device. Of many, not all are listed. */
  readonly objects: readonly string[];
  /** How many there are. */
  readonly count: number;
  /** None: it can be removed. */
  readonly obstacles: readonly RemovalObstacle[];
}
