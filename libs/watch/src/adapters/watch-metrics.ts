import { durationBuckets, type Metrics } from '#platform/metrics';

/** What a watcher counts. Create it once for a process. */
export type WatchMetrics = ReturnType<typeof createWatchMetrics>;

export function createWatchMetrics(metrics: Metrics) {
  return {
    events: metrics.counter({
      name: 'ces_watch_events_total',
      help: 'Events of the watches: upsert, delete, unchanged (nothing that matters), bookmark, error, unknown',
      labels: ['kind', 'type'],
    }),
    lastEvent: metrics.gauge({
      name: 'ces_watch_last_event_timestamp_seconds',
      help: 'When the last event, bookmark or list of the kind arrived, Unix time',
      labels: ['kind'],
    }),
    objects: metrics.gauge({
      name: 'ces_watch_objects',
      help: 'Objects of the kind that this watcher has passed on and that exist',
      labels: ['kind'],
    }),
    lists: metrics.counter({
      name: 'ces_watch_lists_total',
      help: 'Lists that were begun, by reason: first-start, gap, expired, restored, broken-watch, periodic',
      labels: ['kind', 'reason'],
    }),
    failures: metrics.counter({
      name: 'ces_watch_failures_total',
      help: 'Lists and watches that failed, by what the failure means',
      labels: ['kind', 'meaning'],
    }),
    notUnderstood: metrics.counter({
      name: 'ces_watch_not_understood_total',
      help: 'Objects in a form that is not understood',
      labels: ['kind'],
    }),
    synced: metrics.gauge({
      name: 'ces_watch_synced',
      help: '1 when the watch of the kind goes on from what the projection has, or will have',
      labels: ['kind'],
    }),
    published: metrics.counter({
      name: 'ces_watch_messages_total',
      help: 'Messages that the stream took',
      labels: ['form'],
    }),
    publishFailures: metrics.counter({
      name: 'ces_watch_message_failures_total',
      help: 'Attempts to hand a message to the stream that failed',
    }),
    publishSeconds: metrics.histogram({
      name: 'ces_watch_message_seconds',
      help: 'How long it took until the stream had a message, attempts that failed included',
      buckets: durationBuckets,
    }),
    checkpointFailures: metrics.counter({
      name: 'ces_watch_checkpoint_failures_total',
      help: 'Readings of the checkpoints that failed',
    }),
    statusWrites: metrics.counter({
      name: 'ces_status_writes_total',
      help: 'Rule statuses by what became of them: written, unchanged, gone, failed',
      labels: ['result'],
    }),
    statusRepairs: metrics.counter({
      name: 'ces_status_repairs_total',
      help: 'Rule statuses that somebody else had changed or removed, and that are written again',
    }),
    statusEvents: metrics.counter({
      name: 'ces_status_events_total',
      help: 'Kubernetes Events by what became of them: created, refused',
      labels: ['result'],
    }),
    configurationReloads: metrics.counter({
      name: 'ces_configuration_reloads_total',
      help: 'New contents of ces-conf.yaml: accepted, refused',
      labels: ['result'],
    }),
    leading: metrics.gauge({ name: 'ces_watch_leading', help: '1 while this process leads its cluster' }),
    terms: metrics.counter({ name: 'ces_watch_terms_total', help: 'How often this process began to lead' }),
  };
}
