import { type KubeConfig } from '@kubernetes/client-node';
import { systemClock } from '#platform/clock';
import { type Logger, silentLogger } from '#platform/logger';
import { createMetrics, type Metrics } from '#platform/metrics';
import { ClusterWatch, type WatchTuning } from '#watch/adapters/cluster-watch';
import { ConfigurationFeed } from '#watch/adapters/configuration-publisher';
import { KubernetesClient, type KubernetesClientOptions } from '#watch/adapters/kubernetes-client';
import { createWatchMetrics } from '#watch/adapters/watch-metrics';
import { type RecordingSink } from './recording-sink.js';

/** A cluster that a watcher is tried on. The namespace `shop` exists. */
export interface WatchedCluster {
  readonly config: KubeConfig;
  /** Creates the object or replaces the one of its name; its status too where there is one. */
  apply(manifest: object): Promise<unknown>;
  remove(kind: string, namespace: string, name: string): Promise<unknown>;
  close(): Promise<unknown>;
}

/** One that can be made to misbehave. */
export interface FaultyCluster extends WatchedCluster {
  readonly faults: ClusterFaults;
}

export interface Request {
  readonly at: string;
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly code: number;
}

/** Things that happen to API servers. `resource`: a plural name, `pods`. */
export interface ClusterFaults {
  /** The next requests of that verb are answered with an error. */
  refuse(
    verb: 'list' | 'watch' | 'patch' | 'create' | 'update' | 'get',
    resource: string,
    code: number,
    more?: { readonly times?: number | 'forever'; readonly retryAfterSeconds?: number; readonly message?: string },
  ): void;
  /** The next requests of that verb find their connection reset. */
  reset(verb: 'list' | 'watch' | 'patch', resource: string, times: number): void;
  /** All open watches of the resource: end as agreed, are torn down, fall silent, get an ERROR event, or half a line. */
  strikeWatches(resource: string, how: 'close' | 'reset' | 'silence' | 'error' | 'cut', code?: number): void;
  /** The next events reach no watch. */
  loseEvents(resource: string, times: number): void;
  /** Stops planning faults. */
  clear(): void;
  /** Forgets all history: versions from before are gone. */
  compact(): void;
  /** Makes changes while the API server cannot be reached; with `compact`, watches cannot catch up on them. */
  inGap(change: () => void, options?: { readonly compact?: boolean }): Promise<void>;
  /** The same name with a new uid, at once. */
  recreate(kind: string, namespace: string, name: string): void;
  /** Synchronous `apply` and `remove`, for `inGap`. */
  applyNow(manifest: object): void;
  removeNow(kind: string, namespace: string, name: string): void;
  /** Saves the store; calling the result restores it, so that versions run backwards. */
  backup(): () => void;
  openWatches(resource?: string): number;
  requests(): readonly Request[];
}

/** Waits are short, so that what takes minutes in a cluster takes moments in a test. */
export const fastTuning: Partial<WatchTuning> = {
  pageSize: 3,
  batch: { changes: 500, bytes: 1_000_000, changeDelay: 5, spanDelay: 20 },
  snapshots: { interval: 3_600_000, patience: 500, spacing: 50 },
  checkpointInterval: 20,
  backoff: { initial: 5, factor: 2, maximum: 50, random: Math.random },
};

export interface StartedWatch {
  readonly watch: ClusterWatch;
  readonly configuration: ConfigurationFeed;
  readonly metrics: Metrics;
  /** Ends the term and waits until all is quiet. */
  stop(): Promise<void>;
}

export interface StartOptions {
  readonly tuning?: Partial<WatchTuning>;
  readonly client?: KubernetesClientOptions;
  readonly logger?: Logger;
}

/** Watches the cluster into the sink, which also plays the projection. */
export function startWatch(config: KubeConfig, sink: RecordingSink, options: StartOptions = {}): StartedWatch {
  const term = new AbortController();
  const client = new KubernetesClient(config, options.client);
  const configuration = new ConfigurationFeed('clusterName: k8s\n');
  const metrics = createMetrics({ app: 'test' });
  const watch = new ClusterWatch({
    cluster: 'k8s',
    client,
    sink,
    checkpoints: sink,
    configuration,
    clock: systemClock,
    logger: options.logger ?? silentLogger,
    metrics: createWatchMetrics(metrics),
    leads: () => true,
    tuning: { ...fastTuning, ...options.tuning },
  });
  const running = watch.run(term.signal).catch((error: unknown) => error);
  return {
    watch,
    configuration,
    metrics,
    async stop() {
      term.abort(new Error('The test ends the watch.'));
      await running;
      client.close();
    },
  };
}
