import { type Checkpoint } from '#core/checkpoint';
import { compareVersions, type ResourceVersion } from '#core/resource-version';

/** Why a kind is listed. */
export type ListReason =
  /** The projection has nothing of this kind. */
  | 'first-start'
  /** The projection saw that a batch is missing. */
  | 'gap'
  /** The API server no longer holds the version from which the watch should go on, or does not hold it yet. */
  | 'expired'
  /** Versions ran backwards: the API server's store was restored from a backup. */
  | 'restored'
  /** The watch said something from which one cannot go on. */
  | 'broken-watch'
  /** The full comparison that repairs what nobody foresaw. */
  | 'periodic';

/** The snapshot of a kind that was sent last. Times are milliseconds of a clock that only grows. */
export interface SentSnapshot {
  readonly resourceVersion: ResourceVersion;
  readonly sentAt: number;
}

export interface SnapshotState {
  readonly sent: SentSnapshot | null;
  /** How long the projection may take until a gap that is still there asks for another snapshot, in milliseconds. */
  readonly patience: number;
  readonly nextPeriodic: number;
}

export interface SnapshotTiming {
  /** Between two full comparisons, in milliseconds; each wait is between 3/4 and 5/4 of it. */
  readonly interval: number;
  /** The first patience; it doubles up to the interval. */
  readonly patience: number;
  /** At least so long lies between two snapshots that close gaps. */
  readonly spacing: number;
}

export const defaultSnapshotTiming: SnapshotTiming = { interval: 15 * 60_000, patience: 30_000, spacing: 5_000 };

/** `random` is uniform in [0, 1). */
export function initialSnapshotState(timing: SnapshotTiming, now: number, random: number): SnapshotState {
  return { sent: null, patience: timing.patience, nextPeriodic: now + jittered(timing.interval, random) };
}

/** A snapshot went out whole. */
export function snapshotSent(
  state: SnapshotState,
  timing: SnapshotTiming,
  sent: SentSnapshot,
  random: number,
): SnapshotState {
  return { ...state, sent, nextPeriodic: sent.sentAt + jittered(timing.interval, random) };
}

export interface SnapshotDecision {
  readonly list: ListReason | null;
  readonly state: SnapshotState;
}

/**
 * Whether the kind has to be listed, given where the projection stands (undefined: it has nothing of the kind).
 *
 * A snapshot closes a gap, but only once it was projected: until then the gap is still reported. Another one is sent
 * when the projection has passed the last one and still reports a gap, or when it takes longer than the patience, which
 * doubles each time, so that a projector that is away for a day does not find a thousand snapshots.
 * For the same reason the periodic comparison waits until the snapshot before was projected.
 */
export function decideSnapshot(
  state: SnapshotState,
  timing: SnapshotTiming,
  checkpoint: Checkpoint | undefined,
  now: number,
): SnapshotDecision {
  const { sent } = state;
  const projected = sent === null || hasPassed(checkpoint, sent.resourceVersion);
  if (checkpoint !== undefined && !checkpoint.gap) {
    const settled = projected ? { ...state, patience: timing.patience } : state;
    return { list: projected && now >= state.nextPeriodic ? 'periodic' : null, state: settled };
  }
  const list = checkpoint === undefined ? 'first-start' : 'gap';
  const wait = sent === null ? 0 : sent.sentAt + (projected ? timing.spacing : state.patience) - now;
  if (wait > 0) return { list: null, state };
  const patience = projected ? timing.patience : Math.min(state.patience * 2, timing.interval);
  return { list, state: { ...state, patience } };
}

function hasPassed(checkpoint: Checkpoint | undefined, version: ResourceVersion): boolean {
  return checkpoint !== undefined && compareVersions(checkpoint.resourceVersion, version) >= 0;
}

function jittered(interval: number, random: number): number {
  return interval * (0.75 + random / 2);
}
