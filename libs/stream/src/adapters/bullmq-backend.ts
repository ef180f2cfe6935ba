import { systemClock, type Clock } from '#platform/clock';
import { type Logger } from '#platform/logger';
import { type Metrics } from '#platform/metrics';
import { type StreamSettings } from '#platform/settings-sections';
import { type StreamBackend } from '../ports/stream-backend.js';
import { BullmqChangeStream } from './bullmq-change-stream.js';
import { BullmqHintQueue } from './bullmq-hint-queue.js';
import { createPostgresDriver } from './postgres-driver.js';
import { createRedisDriver } from './redis-driver.js';
import { type StreamDriver } from './stream-driver.js';
import { streamMetrics } from './stream-metrics.js';
import { defaultTuning, type StreamTuning } from './tuning.js';

export interface StreamBackendOptions {
  readonly settings: StreamSettings;
  readonly tuning?: Partial<StreamTuning>;
  readonly clock?: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/**
 * The stream of one app, on Redis or on PostgreSQL. Connects when it is first used.
 * @throws Error when the metrics have those of a stream already.
 */
export function createStreamBackend(options: StreamBackendOptions): StreamBackend {
  const { settings, clock = systemClock, logger } = options;
  const tuning = { ...defaultTuning, ...options.tuning };
  const driver = createDriver(settings, tuning.timeout);
  const parts = { driver, tuning, clock, logger, metrics: streamMetrics(options.metrics) };
  const changes = new BullmqChangeStream(parts);
  const hints = new BullmqHintQueue(parts);
  return {
    changes,
    hints,
    prepare: () => driver.prepare(),
    health: () => driver.health(),
    async close() {
      await Promise.all([changes.close(), hints.close()]);
    },
  };
}

function createDriver(settings: StreamSettings, connectTimeout: number): StreamDriver {
  const url = settings.url.reveal();
  const { prefix } = settings;
  switch (settings.backend) {
    case 'redis':
      return createRedisDriver({ url, prefix, connectTimeout });
    case 'postgres':
      return createPostgresDriver({ url, schema: prefix, connectTimeout });
  }
}
