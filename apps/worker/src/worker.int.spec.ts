import { systemClock } from '#platform/clock';
import { createHealth } from '#platform/health';
import { silentLogger } from '#platform/logger';
import { createMetrics } from '#platform/metrics';
import { type RunningApp } from '#platform/run-process';
import { Secret } from '#platform/secret';
import { createStreamBackend } from '#stream/adapters/bullmq-backend';
import { startTcpProxy, type TcpProxy } from '#testing/tcp-proxy';
import { createTestDatabase, type TestDatabase } from '#testing/test-database';
import { waitFor } from '#testing/wait-for';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startWorker } from './worker.js';

const health = createHealth();
let directory: string;
let database: TestDatabase;
let proxy: TcpProxy;
let worker: RunningApp;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ces-test-'));
  const file = join(directory, 'ces-conf.yaml');
  await writeFile(file, JSON.stringify({ clusterName: 'k8s', tenant: [{ name: 'Common', namespaces: '' }] }));
  database = await createTestDatabase({ migrated: true });
  proxy = await startTcpProxy(database.url);
  const stream = { backend: 'postgres', url: new Secret(database.url), prefix: 'ces_stream' } as const;
  const metrics = createMetrics({ app: 'worker' });
  const prepared = createStreamBackend({
    settings: stream,
    logger: silentLogger,
    metrics: createMetrics({ app: 'test' }),
  });
  await prepared.prepare();
  await prepared.close();
  worker = await startWorker({
    settings: {
      log: { level: 'silent' },
      http: { port: 0 },
      database: { url: new Secret(proxy.url) },
      stream,
      configuration: { file, namespace: 'kube-system' },
      bigip: {
        urls: ['https://127.0.0.1:9'],
        credentials: { source: 'values', username: 'admin', password: new Secret('admin') },
        tls: { verify: false },
      },
    },
    logger: silentLogger,
    metrics,
    health,
    clock: systemClock,
  });
});

afterEach(async () => {
  await proxy.restore();
  await worker.close();
  await proxy.close();
  await database.drop();
  await rm(directory, { recursive: true });
});

it('promise 9: is not ready while the database is away, for nothing can be declared then', async () => {
  const isReady = async (ready: boolean) =>
    waitFor(async () => {
      const report = await health.report();
      expect(report.ready).toBe(ready);
      expect(report.checks.find(({ name }) => name === 'database')?.state).toBe(ready ? 'ready' : 'not-ready');
    });
  await isReady(true);
  await proxy.cut();
  await isReady(false);
  await proxy.restore();
  await isReady(true);
});
