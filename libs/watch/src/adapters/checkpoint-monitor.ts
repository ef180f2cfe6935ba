import { type Clock } from '#core/clock';
import { type ObjectKind } from '#core/kinds';
import { type ResourceVersion } from '#core/resource-version';
import { type Logger } from '#platform/logger';
import {
  decideSnapshot,
  initialSnapshotState,
  type ListReason,
  snapshotSent,
  type SnapshotState,
  type SnapshotTiming,
} from '../domain/snapshot-policy.js';
import { type CheckpointSource } from '../ports/checkpoint-source.js';
import { unlessAborted } from './bell.js';
import { type WatchMetrics } from './watch-metrics.js';

/** The part of a reflector that the monitor deals with. */
export interface Listable {
  readonly kind: ObjectKind;
  readonly listing: boolean;
  list(reason: ListReason): void;
}

export interface CheckpointMonitorOptions {
  readonly cluster: string;
  readonly source: CheckpointSource;
  readonly timing: SnapshotTiming;
  /** Milliseconds between two readings. */
  readonly interval: number;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  readonly metrics: WatchMetrics;
  /** Is told after each reading which configuration is projected. */
  readonly onConfiguration: (digest: string | null) => void;
}

/** Looks where the projection stands, and has a kind listed when `decideSnapshot` says so. */
export class CheckpointMonitor {
  readonly #options: CheckpointMonitorOptions;
  readonly #states = new Map<ObjectKind, SnapshotState>();

  constructor(options: CheckpointMonitorOptions) {
    this.#options = options;
  }

  /** To be told of each snapshot that was sent whole. */
  snapshotSent(kind: ObjectKind, resourceVersion: ResourceVersion): void {
    const { timing, clock, random } = this.#options;
    const sent = { resourceVersion, sentAt: clock.monotonic() };
    this.#states.set(kind, snapshotSent(this.#state(kind), timing, sent, random()));
  }

  /** Runs until the signal is aborted, and rejects with its reason. A reading that fails is tried again at the next interval. */
  async run(reflectors: readonly Listable[], signal: AbortSignal): Promise<never> {
    const { cluster, source, interval, clock, logger, metrics, onConfiguration } = this.#options;
    for (;;) {
      await clock.sleep(interval, signal);
      try {
        const { checkpoints, configurationDigest } = await unlessAborted(source.read(cluster), signal);
        for (const reflector of reflectors) {
          this.#look(
            reflector,
            checkpoints.find(({ kind }) => kind === reflector.kind),
          );
        }
        onConfiguration(configurationDigest);
      } catch (error) {
        signal.throwIfAborted();
        metrics.checkpointFailures.inc();
        logger.warn({ error }, 'the checkpoints cannot be read: a gap would not be noticed');
      }
    }
  }

  #look(reflector: Listable, checkpoint: Parameters<typeof decideSnapshot>[2]): void {
    if (reflector.listing) return;
    const { timing, clock } = this.#options;
    const { list, state } = decideSnapshot(this.#state(reflector.kind), timing, checkpoint, clock.monotonic());
    this.#states.set(reflector.kind, state);
    if (list !== null) reflector.list(list);
  }

  #state(kind: ObjectKind): SnapshotState {
    const { timing, clock, random } = this.#options;
    const known = this.#states.get(kind);
    if (known !== undefined) return known;
    const initial = initialSnapshotState(timing, clock.monotonic(), random());
    this.#states.set(kind, initial);
    return initial;
  }
}
