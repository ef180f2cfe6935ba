import { type Clock } from '#core/clock';
import { type Logger } from '#platform/logger';
import { projectionStatistics } from '#project/adapters/projection-statistics';
import { type DataSource } from 'typeorm';
import { type ProjectorMetrics } from './projector-metrics.js';

export interface ObserverOptions {
  readonly source: DataSource;
  readonly metrics: ProjectorMetrics;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** How often what stands in the database is counted, in milliseconds: about as often as Prometheus asks. */
const interval = 15_000;

/** Counts what the projection holds, now and at intervals, for the metrics. */
export function observeProjection({ source, metrics, clock, logger }: ObserverOptions): { close(): Promise<void> } {
  const closed = new AbortController();
  const observe = async () => {
    while (!closed.signal.aborted) {
      try {
        metrics.counted(await projectionStatistics(source), clock.now());
      } catch (error) {
        logger.debug({ error }, 'the projection could not be counted');
      }
      await clock.sleep(interval, closed.signal).catch(() => undefined);
    }
  };
  const observing = observe();
  return {
    async close() {
      closed.abort();
      await observing;
    },
  };
}
