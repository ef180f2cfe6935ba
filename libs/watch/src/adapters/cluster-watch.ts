import { setMaxListeners } from 'node:events';
import { type Checkpoint, type ClusterCheckpoints } from '#core/checkpoint';
import { type Clock } from '#core/clock';
import { type JsonValue } from '#core/json';
import { type ObjectKind, objectKinds } from '#core/kinds';
import { backoff, type BackoffOptions, defaultBackoff, retryForever } from '#platform/backoff';
import { type Logger } from '#platform/logger';
import { type BatchLimits, defaultBatchLimits } from '../domain/micro-batch.js';
import { defaultSnapshotTiming, type SnapshotTiming } from '../domain/snapshot-policy.js';
import { type ChangeSink } from '../ports/change-sink.js';
import { type CheckpointSource } from '../ports/checkpoint-source.js';
import { unlessAborted } from './bell.js';
import { CheckpointMonitor } from './checkpoint-monitor.js';
import { type ConfigurationFeed, ConfigurationPublisher } from './configuration-publisher.js';
import { type KubernetesClient } from './kubernetes-client.js';
import { Outbox } from './outbox.js';
import { Reflector, type ReflectorStep } from './reflector.js';
import { type WatchMetrics } from './watch-metrics.js';

/** How a cluster is watched; the defaults are right outside of tests. */
export interface WatchTuning {
  readonly kinds: readonly ObjectKind[];
  readonly pageSize: number;
  /** After which the API server is asked to end a watch, at least; at most after twice as long. */
  readonly watchSeconds: number;
  readonly batch: BatchLimits;
  readonly snapshots: SnapshotTiming;
  /** Milliseconds between two looks at the checkpoints. */
  readonly checkpointInterval: number;
  /** After trouble with the API server, the stream or the database. */
  readonly backoff: BackoffOptions;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

const defaultWatchTuning: WatchTuning = {
  kinds: objectKinds,
  pageSize: 500,
  watchSeconds: 300,
  batch: defaultBatchLimits,
  snapshots: defaultSnapshotTiming,
  checkpointInterval: 1_000,
  backoff: defaultBackoff,
  random: Math.random,
};

export interface ClusterWatchOptions {
  readonly cluster: string;
  readonly client: KubernetesClient;
  readonly sink: ChangeSink;
  readonly checkpoints: CheckpointSource;
  readonly configuration: ConfigurationFeed;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: WatchMetrics;
  /** Whether this process leads its cluster, by its own clock. */
  readonly leads: () => boolean;
  /** An object is there, as the API server sent it; of lists and of watches. */
  readonly onObject?: (kind: ObjectKind, raw: JsonValue) => void;
  readonly tuning?: Partial<WatchTuning>;
}

/** How far a watch is. */
export interface WatchState {
  readonly synced: boolean;
  /** What is wrong just now, by kind, as sentences. */
  readonly problems: readonly string[];
}

/** Watches all kinds of a cluster for one term of a leader: from where the projection stands, into the stream. */
export class ClusterWatch {
  readonly #options: ClusterWatchOptions;
  readonly #tuning: WatchTuning;
  #reflectors: readonly Reflector[] = [];

  constructor(options: ClusterWatchOptions) {
    this.#options = options;
    this.#tuning = { ...defaultWatchTuning, ...options.tuning };
  }

  get state(): WatchState {
    const reflectors = this.#reflectors;
    return {
      synced: reflectors.length > 0 && reflectors.every(({ synced }) => synced),
      problems: reflectors.flatMap(({ problem }) => (problem === null ? [] : [problem])),
    };
  }

  /** Runs until the signal is aborted, and rejects with its reason; or with TermOverError. */
  async run(term: AbortSignal): Promise<never> {
    const ended = new AbortController();
    const signal = AbortSignal.any([term, ended.signal]);
    // Each reflector and each request of one listens to it.
    setMaxListeners(0, signal);
    const { checkpoints, configurationDigest } = await this.#readCheckpoints(signal);
    const { backoff: delays, random, snapshots: timing, checkpointInterval: interval } = this.#tuning;
    const outbox = new Outbox({ ...this.#options, limits: this.#tuning.batch, backoff: delays, signal });
    const configuration = new ConfigurationPublisher({
      ...this.#options,
      outbox,
      timing,
      projected: configurationDigest,
    });
    const monitor = new CheckpointMonitor({
      ...this.#options,
      source: this.#options.checkpoints,
      timing,
      interval,
      random,
      onConfiguration: (digest) => {
        configuration.look(digest);
      },
    });
    this.#reflectors = this.#tuning.kinds.map(
      (kind) =>
        new Reflector({
          ...this.#options,
          kind,
          start: firstStep(checkpoints.find((checkpoint) => checkpoint.kind === kind)),
          outbox,
          backoff: delays,
          random,
          pageSize: this.#tuning.pageSize,
          watchSeconds: this.#tuning.watchSeconds,
          onSnapshot: (version) => {
            monitor.snapshotSent(kind, version);
          },
        }),
    );
    const parts = [
      outbox.run(),
      monitor.run(this.#reflectors, signal),
      configuration.run(signal),
      ...this.#reflectors.map((reflector) => reflector.run(signal)),
    ];
    try {
      return await Promise.race(parts);
    } finally {
      ended.abort(new Error('Another part of the watch has ended.'));
      await Promise.allSettled(parts);
    }
  }

  async #readCheckpoints(signal: AbortSignal): Promise<ClusterCheckpoints> {
    const { cluster, checkpoints, clock, logger, metrics } = this.#options;
    return retryForever(() => unlessAborted(checkpoints.read(cluster), signal), {
      clock,
      signal,
      backoff: backoff(this.#tuning.backoff),
      onError: (error, { attempt, delay }) => {
        metrics.checkpointFailures.inc();
        logger.warn({ error, attempt, delay }, 'the checkpoints cannot be read: trying again');
      },
    });
  }
}

function firstStep(checkpoint: Checkpoint | undefined): ReflectorStep {
  if (checkpoint === undefined) return { action: 'list', reason: 'first-start' };
  if (checkpoint.gap) return { action: 'list', reason: 'gap' };
  return { action: 'watch', from: checkpoint.resourceVersion };
}
