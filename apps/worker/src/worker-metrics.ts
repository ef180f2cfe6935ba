import { type RunnerObserver, type RunnerState } from '#apply/apply-runner';
import { type TenantResultOfApply } from '#apply/domain/tenant-apply';
import { durationBuckets, type Metrics } from '#platform/metrics';

/** Metrics of what the worker does with its device. */
export function workerMetrics(metrics: Metrics): RunnerObserver {
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
  const held = metrics.gauge({ name: 'ces_device_held', help: '1 while this worker holds the lease on its device' });
  const reachable = metrics.gauge({ name: 'ces_device_reachable', help: '0 while the circuit breaker is open' });
  const busy = metrics.gauge({
    name: 'ces_device_busy',
    help: '1 while AS3 is at work on a declaration of somebody else',
  });
  return {
    declared(tenant: string, result: TenantResultOfApply, duration: number) {
      declares.inc({ tenant, result: result.type });
      seconds.observe({ tenant }, duration);
    },
    became(state: RunnerState) {
      const holder = state.role === 'holder';
      held.set(Number(holder));
      reachable.set(Number(!holder || state.breaker.state === 'closed'));
      busy.set(Number(holder && state.busy));
    },
  };
}
