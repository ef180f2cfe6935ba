import { type StreamMessage } from '#core/change';
import { durationBuckets, type Gauge, type Metrics } from '#platform/metrics';
import { type ProjectionStatistics } from '#project/adapters/projection-statistics';

/** What a projector says of itself. */
export interface ProjectorMetrics {
  projected(form: StreamMessage['form'], events: readonly string[], seconds: number): void;
  /** Seconds between what the watcher saw and its projection. */
  lag(seconds: number): void;
  counted(statistics: ProjectionStatistics, now: Date): void;
}

export function projectorMetrics(metrics: Metrics): ProjectorMetrics {
  const events = metrics.counter({
    name: 'ces_events_total',
    help: 'Events that were accepted into the log, by type',
    labels: ['type'],
  });
  const seconds = metrics.histogram({
    name: 'ces_project_seconds',
    help: 'Seconds that the projection of a message took, by its form',
    labels: ['form'],
    buckets: durationBuckets,
  });
  const lag = metrics.histogram({
    name: 'ces_projection_lag_seconds',
    help: 'Seconds from what the watcher saw to its projection, by the clocks of both',
    buckets: durationBuckets,
  });
  const dirty = metrics.gauge({
    name: 'ces_dirty_tenants',
    help: 'Tenants that want another declaration than the one applied',
    labels: ['device'],
  });
  const pending = metrics.gauge({
    name: 'ces_pending_change_age_seconds',
    help: 'Since when the oldest change has been waiting that the device does not have yet; 0 when it has all',
    labels: ['device'],
  });
  const drifted = metrics.gauge({
    name: 'ces_tenant_drifted',
    help: '1 while the device is known not to hold what was applied to the tenant, 0 once that is over',
    labels: ['device', 'tenant'],
  });
  const pins = metrics.gauge({
    name: 'ces_pin_age_seconds',
    help: 'Since when a tenant has been pinned to the rules of an earlier version; absent unless it is',
    labels: ['device', 'tenant'],
  });
  const takeovers = metrics.gauge({
    name: 'ces_tenants_held',
    help: 'Tenants that are not touched before somebody approves of their take-over, or while the installation observes',
    labels: ['device', 'reason'],
  });
  const grants = metrics.gauge({ name: 'ces_grants', help: 'Prefixes in the source sets of rules now' });
  const rules = metrics.gauge({ name: 'ces_rules', help: 'Rules by the phase of their status', labels: ['phase'] });
  const gaps = metrics.gauge({ name: 'ces_gaps', help: 'Kinds of which a batch is missing until the next snapshot' });
  return {
    projected(form, types, duration) {
      for (const type of types) events.inc({ type });
      seconds.observe({ form }, duration);
    },
    lag(duration) {
      lag.observe(Math.max(0, duration));
    },
    counted(statistics, now) {
      const age = (since: Date) => Math.max(0, now.getTime() - since.getTime()) / 1_000;
      const { dirtyTenants, pendingSince, takeovers: held } = statistics;
      replace(dirty, dirtyTenants, ([device, count]) => [{ device }, count]);
      replace(pending, pendingSince, ([device, since]) => [{ device }, since === null ? 0 : age(since)]);
      replace(drifted, statistics.drifted, ({ device, tenant, drifted: is }) => [{ device, tenant }, Number(is)]);
      replace(pins, statistics.pins, ({ device, tenant, since }) => [{ device, tenant }, age(since)]);
      replace(takeovers, held, ({ device, reason, tenants }) => [{ device, reason }, tenants]);
      replace(rules, statistics.rules, ([phase, count]) => [{ phase }, count]);
      grants.set(statistics.grants);
      gaps.set(statistics.gaps);
    },
  };
}

/** Sets a gauge's series to what was counted, so that what is there no more has none. */
function replace<Counted, Label extends string>(
  gauge: Gauge<Label>,
  all: Iterable<Counted>,
  seriesOf: (counted: Counted) => readonly [Readonly<Record<Label, string>>, number],
): void {
  gauge.reset();
  for (const counted of all) gauge.set(...seriesOf(counted));
}
