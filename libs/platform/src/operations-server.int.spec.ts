import { afterEach, beforeEach, expect, test } from 'vitest';
import { createHealth, type HealthState } from './health.js';
import { createMetrics } from './metrics.js';
import { type OperationsServer, startOperationsServer } from './operations-server.js';

let state: HealthState;
let server: OperationsServer;

beforeEach(async () => {
  state = { state: 'ready' };
  const health = createHealth();
  health.register('database', () => state);
  server = await startOperationsServer({ http: { port: 0 }, health, metrics: createMetrics({ app: 'watcher' }) });
});

afterEach(() => server.close());

test('readiness follows the checks, and says why', async () => {
  const ready = await fetch(`${server.url}/readyz`);
  expect([ready.status, await ready.json()]).toEqual([
    200,
    { ready: true, checks: [{ name: 'database', state: 'ready' }] },
  ]);

  state = { state: 'not-ready', reason: 'not migrated' };
  const notReady = await fetch(`${server.url}/readyz`);
  expect(notReady.status).toBe(503);
  expect(await notReady.json()).toEqual({
    ready: false,
    checks: [{ name: 'database', state: 'not-ready', reason: 'not migrated' }],
  });
});

test('liveness does not depend on the checks', async () => {
  state = { state: 'not-ready', reason: 'database is away' };
  const response = await fetch(`${server.url}/healthz`);
  expect([response.status, await response.json()]).toEqual([200, { status: 'ok' }]);
});

test("metrics come in Prometheus' text format", async () => {
  const response = await fetch(`${server.url}/metrics`);
  expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
  expect(await response.text()).toContain('# TYPE ces_process_cpu_seconds_total counter');
});
