import { expect, test } from 'vitest';
import { createMetrics, durationBuckets } from './metrics.js';

test('metrics are rendered with the app and the metrics of the process', async () => {
  const metrics = createMetrics({ app: 'worker' });
  metrics
    .counter({ name: 'ces_declarations_total', help: 'Declarations sent.', labels: ['outcome'] })
    .inc({ outcome: 'applied' });
  metrics.gauge({ name: 'ces_tenants_dirty', help: 'Tenants to declare.' }).set(3);
  metrics.histogram({ name: 'ces_declare_duration_seconds', help: 'Duration.', buckets: durationBuckets }).observe(0.3);

  const text = await metrics.render();
  expect(text).toContain('ces_declarations_total{outcome="applied",app="worker"} 1');
  expect(text).toContain('ces_tenants_dirty{app="worker"} 3');
  expect(text).toContain('ces_declare_duration_seconds_bucket{le="0.5",app="worker"} 1');
  expect(text).toContain('ces_process_resident_memory_bytes{app="worker"}');
});

test('two apps in one process have registries of their own', async () => {
  const watcher = createMetrics({ app: 'watcher' });
  createMetrics({ app: 'worker' }).gauge({ name: 'ces_tenants_dirty', help: 'Tenants to declare.' }).set(1);
  expect(await watcher.render()).not.toContain('ces_tenants_dirty');
});

test('a name that breaks the conventions, or is taken, is refused', () => {
  const metrics = createMetrics({ app: 'worker' });
  expect(() => metrics.counter({ name: 'ces_declarations', help: '' })).toThrow('ces_declarations_total');
  expect(() => metrics.gauge({ name: 'tenants', help: '' })).toThrow('must begin with ces_');
  metrics.gauge({ name: 'ces_lag_seconds', help: 'Lag.' });
  expect(() => metrics.gauge({ name: 'ces_lag_seconds', help: 'Lag.' })).toThrow('already');
});
