import { systemClock } from '#platform/clock';
import { createMetrics } from '#platform/metrics';
import { tenantWork } from '#testing/builders';
import { expect, it } from 'vitest';
import { workerMetrics } from './worker-metrics.js';

const noon = new Date('2026-03-01T12:00:00.000Z');
const clock = { ...systemClock, now: () => noon };

it('times a change from where it was seen to a device that has it, and nothing that is still on its way', async () => {
  const metrics = createMetrics({ app: 'worker' });
  const observer = workerMetrics(metrics, clock);
  const work = tenantWork({ pendingSince: new Date(noon.getTime() - 3_000) });
  observer.declared(work, { type: 'applied', purpose: 'change', refusal: null }, 1);
  observer.declared(work, { type: 'nothing', heldBack: [] }, 1);
  observer.declared(tenantWork({ pendingSince: null }), { type: 'applied', purpose: 'change', refusal: null }, 1);
  const text = await metrics.render();
  expect(text).toContain('ces_event_to_device_seconds_sum{app="worker"} 3');
  expect(text).toContain('ces_event_to_device_seconds_count{app="worker"} 1');
});
