import { type Clock } from '#platform/clock';
import { type Logger } from '#platform/logger';
import { type LineStatistics } from '../ports/change-stream.js';
import { type JobQueue } from './stream-driver.js';
import { type StreamMetrics } from './stream-metrics.js';

export interface QueueObserverOptions {
  readonly queueName: string;
  /** Milliseconds between two looks. */
  readonly interval: number;
  readonly look: () => Promise<LineStatistics>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: StreamMetrics;
}

/** Keeps the gauges of a queue up to date until it is closed; what the backend does not answer stays as it was. */
export function observeQueue(options: QueueObserverOptions): { close(): Promise<void> } {
  const { queueName, interval, look, clock, logger, metrics } = options;
  const label = { queue: queueName };
  const closed = new AbortController();

  async function observe(): Promise<void> {
    try {
      const { waiting, setAside, oldest } = await look();
      metrics.waiting.set(label, waiting);
      metrics.setAside.set(label, setAside);
      metrics.oldest.set(label, oldest === null ? 0 : Math.max(0, clock.now().getTime() - oldest.getTime()) / 1_000);
    } catch (error) {
      logger.debug({ ...label, error }, 'Could not look at a queue');
    }
  }

  async function observeUntilClosed(): Promise<void> {
    for (;;) {
      await observe();
      await clock.sleep(interval, closed.signal);
    }
  }

  const observing = observeUntilClosed().catch(() => undefined);
  return {
    async close() {
      closed.abort();
      await observing;
    },
  };
}

export async function statisticsOf(queue: JobQueue): Promise<LineStatistics> {
  const [waiting, setAside, first] = await Promise.all([
    queue.getWaitingCount(),
    queue.getFailedCount(),
    queue.getJobs(['active', 'waiting'], 0, 0, true),
  ]);
  const published = first.map((job) => job.timestamp);
  return { waiting, setAside, oldest: published.length === 0 ? null : new Date(Math.min(...published)) };
}
