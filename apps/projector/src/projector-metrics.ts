import { type StreamMessage } from '#core/change';
import { durationBuckets, type Metrics } from '#platform/metrics';
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
      dirty.reset();
      pending.reset();
      rules.reset();
      drifted.reset();
      for (const { device, tenant, drifted: is } of statistics.drifted) drifted.set({ device, tenant }, Number(is));
      pins.reset();
      for (const [device, count] of statistics.dirtyTenants) dirty.set({ device }, count);
      for (const [device, since] of statistics.pendingSince) {
        pending.set({ device }, since === null ? 0 : Math.max(0, now.getTime() - since.getTime()) / 1_000);
      }
      for (const { device, tenant, since } of statistics.pins) {
        pins.set({ device, tenant }, Math.max(0, now.getTime() - since.getTime()) / 1_000);
      }
      takeovers.reset();
      for (const { device, reason, tenants } of statistics.takeovers) takeovers.set({ device, reason }, tenants);
      for (const [phase, count] of statistics.rules) rules.set({ phase }, count);
      grants.set(statistics.grants);
      gaps.set(statistics.gaps);
    },
  };
}
