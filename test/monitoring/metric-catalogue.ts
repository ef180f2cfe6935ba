import { measureRequests } from '#apps/api/src/request-metrics';
import { projectorMetrics } from '#apps/projector/src/projector-metrics';
import { thinningMetrics } from '#apps/worker/src/thinning';
import { workerMetrics } from '#apps/worker/src/worker-metrics';
import { systemClock } from '#platform/clock';
import { createMetrics, type MetricOptions, type Metrics } from '#platform/metrics';
import { streamMetrics } from '#stream/adapters/stream-metrics';
import { createWatchMetrics } from '#watch/adapters/watch-metrics';
import { fastify } from 'fastify';

type MetricType = 'counter' | 'gauge' | 'histogram';

/** A metric as an app defines it. */
export interface MetricEntry {
  readonly name: string;
  readonly type: MetricType;
  readonly help: string;
  readonly labels: readonly string[];
  /** The apps that report it. */
  readonly apps: readonly string[];
}

const definitions: Readonly<Record<string, (metrics: Metrics) => void>> = {
  watcher(metrics) {
    createWatchMetrics(metrics);
    streamMetrics(metrics);
  },
  projector(metrics) {
    projectorMetrics(metrics);
    streamMetrics(metrics);
  },
  worker(metrics) {
    workerMetrics(metrics, systemClock);
    thinningMetrics(metrics);
    streamMetrics(metrics);
  },
  api(metrics) {
    measureRequests(fastify(), metrics);
    streamMetrics(metrics);
  },
};

/** Every metric of CES, as the code defines them; those of the process that prom-client adds are not among them. */
export function metricCatalogue(): readonly MetricEntry[] {
  const entries = new Map<string, MetricEntry>();
  for (const [app, define] of Object.entries(definitions)) {
    define(recording(app, (type, { name, help, labels = [] }) => {
      entries.set(name, { name, type, help, labels, apps: [...(entries.get(name)?.apps ?? []), app] });
    }));
  }
  return [...entries.values()];
}

function recording(app: string, record: (type: MetricType, options: MetricOptions<string>) => void): Metrics {
  const metrics = createMetrics({ app });
  return {
    ...metrics,
    counter(options) {
      record('counter', options);
      return metrics.counter(options);
    },
    gauge(options) {
      record('gauge', options);
      return metrics.gauge(options);
    },
    histogram(options) {
      record('histogram', options);
      return metrics.histogram(options);
    },
  };
}
