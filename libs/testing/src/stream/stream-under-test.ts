import { createMetrics } from '#platform/metrics';
import { silentLogger } from '#platform/logger';
import { Secret } from '#platform/secret';
import { createStreamBackend } from '#stream/adapters/bullmq-backend';
import { defaultTuning, type StreamTuning } from '#stream/adapters/tuning';
import { type StreamBackend } from '#stream/ports/stream-backend';

/** What an adapter brings to the contract: a stream of its own for each test. */
export type StreamFactory = () => Promise<StreamUnderTest>;

export interface StreamUnderTest {
  readonly location: StreamLocation;
  /** Puts anything at all on a cluster's line, past the port. */
  addRaw(cluster: string, data: unknown): Promise<unknown>;
  /** How many finished jobs of a cluster are kept. */
  countCompleted(cluster: string): Promise<number>;
  /** How many jobs of a cluster the backend lets be active at once. */
  concurrency(cluster: string): Promise<number | null>;
  /** The backend loses everything that it holds of this stream. */
  forget(): Promise<void>;
  /** Removes the stream from the backend. */
  drop(): Promise<void>;
}

/** Where a stream is; can be handed to another process. */
export interface StreamLocation {
  readonly backend: 'redis' | 'postgres';
  readonly url: string;
  readonly prefix: string;
}

export interface OpenStream extends StreamBackend {
  /** The metrics as Prometheus reads them. */
  metric(name: string): Promise<number | undefined>;
}

/** Quick enough for tests, and slow enough for a machine that is busy with others. */
const testTuning: StreamTuning = {
  ...defaultTuning,
  worker: { fetchTimeout: 300, lockDuration: 4_000, stalledInterval: 300 },
  timeout: 2_000,
  observeInterval: 200,
};

export function openStream(location: StreamLocation, tuning: Partial<StreamTuning> = {}): OpenStream {
  const { backend, url, prefix } = location;
  const metrics = createMetrics({ app: 'contract' });
  const stream = createStreamBackend({
    settings: { backend, url: new Secret(url), prefix },
    tuning: { ...testTuning, ...tuning },
    logger: silentLogger,
    metrics,
  });
  return {
    ...stream,
    async metric(name) {
      const line = (await metrics.render()).split('\n').find((text) => text.startsWith(`${name}{`));
      return line === undefined ? undefined : Number(line.split(' ').at(-1));
    },
  };
}
