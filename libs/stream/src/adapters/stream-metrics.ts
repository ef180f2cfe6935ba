import { durationBuckets, type Metrics } from '#platform/metrics';

/** Delivery is a matter of milliseconds, a queue behind a projector that is away one of minutes. */
const deliveryBuckets = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1, 5, 30, 120, 600];

/** What both queues report; `queue` is the queue's name. Registered once an app. */
export function streamMetrics(metrics: Metrics) {
  const labels = ['queue'] as const;
  return {
    waiting: metrics.gauge({ name: 'ces_stream_waiting_jobs', help: 'Jobs that nobody handles yet.', labels }),
    oldest: metrics.gauge({
      name: 'ces_stream_oldest_job_age_seconds',
      help: 'Since when the oldest unfinished job has been on the queue; 0 when there is none.',
      labels,
    }),
    setAside: metrics.gauge({
      name: 'ces_stream_set_aside_jobs',
      help: 'Jobs that were set aside and are still kept.',
      labels,
    }),
    setAsideTotal: metrics.counter({
      name: 'ces_stream_set_aside_total',
      help: 'Jobs that were set aside because they cannot be handled. Alert when it grows.',
      labels,
    }),
    publishSeconds: metrics.histogram({
      name: 'ces_stream_publish_seconds',
      help: 'From the call of publish to its end, waiting included.',
      labels,
      buckets: deliveryBuckets,
    }),
    publishFailures: metrics.counter({
      name: 'ces_stream_publish_failures_total',
      help: 'Attempts to add a job that failed.',
      labels,
    }),
    full: metrics.gauge({
      name: 'ces_stream_full',
      help: '1 while a publisher waits because the queue holds as many jobs as may wait.',
      labels,
    }),
    deliverySeconds: metrics.histogram({
      name: 'ces_stream_delivery_seconds',
      help: 'From publishing to the begin of handling, by the clocks of both processes.',
      labels,
      buckets: deliveryBuckets,
    }),
    handleSeconds: metrics.histogram({
      name: 'ces_stream_handle_seconds',
      help: 'Duration of handling a job, retries included.',
      labels,
      buckets: durationBuckets,
    }),
    handleFailures: metrics.counter({
      name: 'ces_stream_handle_failures_total',
      help: 'Attempts to handle a job that ended with an error.',
      labels,
    }),
    lostLeases: metrics.counter({
      name: 'ces_stream_lost_leases_total',
      help: 'Jobs whose lease was lost while they were handled; they are handled again.',
      labels,
    }),
  };
}

export type StreamMetrics = ReturnType<typeof streamMetrics>;
