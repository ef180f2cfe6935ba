import { type RunnerObserver, type RunnerState } from '#apply/apply-runner';
import { type TenantResultOfApply } from '#apply/domain/apply-state';
import { type Clock } from '#platform/clock';
import { durationBuckets, type Metrics } from '#platform/metrics';
import { type DriftAction } from '#project/ports/drift';
import { type TenantWork } from '#project/ports/desired-state';

/** From a change on an idle device to one that waited for an outage to end. */
const eventToDeviceBuckets = [0.25, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 900, 3_600];

const driftActions: readonly DriftAction[] = ['repair', 'report', 'contested'];

/** Metrics of what the worker does with its device. */
export function workerMetrics(metrics: Metrics, clock: Clock): RunnerObserver {
  const declares = metrics.counter({
    name: 'ces_declares_total',
    help: 'Passes over a tenant, by what came of them',
    labels: ['tenant', 'result'],
  });
  const seconds = metrics.histogram({
    name: 'ces_declare_seconds',
    help: 'Seconds from compiling a tenant to the outcome of its pass',
    labels: ['tenant'],
    buckets: durationBuckets,
  });
  const eventToDevice = metrics.histogram({
    name: 'ces_event_to_device_seconds',
    help: 'Seconds from what the watcher saw to a device that has it, for the oldest change of each declaration',
    buckets: eventToDeviceBuckets,
  });
  const comparisons = metrics.counter({
    name: 'ces_drift_checks_total',
    help: 'Comparisons of the device with what was applied: same, drifted, failed (it could not be told)',
    labels: ['tenant', 'result'],
  });
  const drifts = metrics.counter({
    name: 'ces_drifts_total',
    help: 'Drift that was noticed, by what is done about it: repair, report, contested (no longer repaired)',
    labels: ['tenant', 'action'],
  });
  const compareSeconds = metrics.histogram({
    name: 'ces_drift_check_seconds',
    help: 'Seconds that a comparison of a tenant with the device took',
    buckets: durationBuckets,
  });
  const failovers = metrics.counter({
    name: 'ces_device_failovers_total',
    help: 'How often another unit of the BIG-IP was found active than before',
  });
  const syncs = metrics.counter({
    name: 'ces_config_syncs_total',
    help: 'Attempts to bring the other units of the device group up to date: done, failed',
    labels: ['result'],
  });
  // A rate can be told of a series only that is there before it grows.
  failovers.inc(0);
  for (const result of ['done', 'failed']) syncs.inc({ result }, 0);
  const held = metrics.gauge({ name: 'ces_device_held', help: '1 while this worker holds the lease on its device' });
  const reachable = metrics.gauge({ name: 'ces_device_reachable', help: '0 while the circuit breaker is open' });
  const busy = metrics.gauge({
    name: 'ces_device_busy',
    help: '1 while AS3 is at work on a declaration of somebody else',
  });
  return {
    declared({ desired: { tenant }, pendingSince }: TenantWork, result: TenantResultOfApply, duration: number) {
      declares.inc({ tenant, result: result.type });
      seconds.observe({ tenant }, duration);
      if (result.type !== 'applied' || pendingSince === null) return;
      eventToDevice.observe(Math.max(0, clock.now().getTime() - pendingSince.getTime()) / 1_000);
    },
    compared(tenant, result, duration) {
      comparisons.inc({ tenant, result });
      compareSeconds.observe(duration);
      // A rate can be told of a series only that is there before it grows.
      for (const action of driftActions) drifts.inc({ tenant, action }, 0);
    },
    drifted(tenant, action) {
      drifts.inc({ tenant, action });
    },
    failedOver() {
      failovers.inc();
    },
    synchronised(result) {
      syncs.inc({ result });
    },
    became(state: RunnerState) {
      const holder = state.role === 'holder';
      held.set(Number(holder));
      reachable.set(Number(!holder || state.breaker.state === 'closed'));
      busy.set(Number(holder && state.busy));
    },
  };
}
