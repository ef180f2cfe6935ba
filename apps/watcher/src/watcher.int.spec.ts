import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DataSource } from 'typeorm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '#platform/clock';
import { createHealth, type Health } from '#platform/health';
import { silentLogger } from '#platform/logger';
import { createMetrics, type Metrics } from '#platform/metrics';
import { type RunningApp } from '#platform/run-process';
import { Secret } from '#platform/secret';
import { type StreamSettings } from '#platform/settings-sections';
import { dataSource } from '#project/adapters/data-source';
import { PostgresCheckpointSource } from '#project/adapters/postgres-checkpoint-source';
import { Projector } from '#project/adapters/projector';
import { createStreamBackend } from '#stream/adapters/bullmq-backend';
import { type StreamBackend } from '#stream/ports/stream-backend';
import { createTestDatabase, type TestDatabase } from '#testing/test-database';
import { waitFor } from '#testing/wait-for';
import { podManifest, podRuleManifest } from '#testing/watch/manifests';
import { simulatedCluster, type SimulatedCluster } from '#testing/watch/simulated-cluster';
import { fastTuning } from '#testing/watch/watched-cluster';
import { watcherUser } from '#testing/watch/watcher-user';
import { startWatcher } from './watcher.js';

/** The real watcher on a simulated cluster, a stream on Postgres and a real projector. */
const configuration = (extra = '') => `
clusterName: k8s
layout: in-place
tenant:
  - name: Common
    namespaces: shop
${extra}`;

let directory: string;
let cluster: SimulatedCluster;
let database: TestDatabase;
let source: DataSource;
let stream: StreamBackend;
const watchers: RunningApp[] = [];
let streamSettings: StreamSettings;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ces-test-'));
  cluster = await simulatedCluster({ users: [watcherUser('watcher-token')] });
  database = await createTestDatabase({ migrated: true });
  source = await dataSource(database.url);
  streamSettings = { backend: 'postgres', url: new Secret(database.url), prefix: 'ces_stream' };
  const metrics = createMetrics({ app: 'projector' });
  stream = createStreamBackend({ settings: streamSettings, logger: silentLogger, metrics });
  await stream.prepare();
  const projector = new Projector({ source, clock: systemClock, cluster: 'k8s', controllerNamespace: 'kube-system' });
  await stream.changes.consume('k8s', async (message) => {
    const projected = await projector.project(message);
    return projected.outcome === 'done' ? { outcome: 'done' } : { outcome: 'poisoned', reason: projected.reason };
  });
  await writeFile(join(directory, 'ces-conf.yaml'), configuration());
  await writeFile(join(directory, 'kubeconfig'), cluster.simulator.kubeconfigFor('watcher-token'));
});

afterEach(async () => {
  for (const watcher of watchers.splice(0)) await watcher.close();
  await stream.close();
  await source.destroy();
  await database.drop();
  await cluster.close();
  await rm(directory, { recursive: true });
});

interface Started {
  readonly app: RunningApp;
  readonly health: Health;
  readonly metrics: Metrics;
}

const start = async (): Promise<Started> => {
  const health = createHealth();
  const metrics = createMetrics({ app: 'watcher' });
  const app = await startWatcher({
    settings: {
      log: { level: 'silent' },
      http: { port: 0 },
      database: { url: new Secret(database.url) },
      stream: streamSettings,
      kubernetes: { access: 'kubeconfig', files: [join(directory, 'kubeconfig')] },
      configuration: { file: join(directory, 'ces-conf.yaml'), namespace: 'kube-system' },
    },
    logger: silentLogger,
    metrics,
    health,
    clock: systemClock,
    tuning: {
      watch: fastTuning,
      status: { interval: 20 },
      statusGuard: { interval: 20, patience: 300 },
      lease: { duration: 3_000, renewDeadline: 2_000, retryPeriod: 200 },
    },
  });
  watchers.push(app);
  return { app, health, metrics };
};
const ready = ({ health }: Started) =>
  waitFor(async () => {
    expect(await health.report()).toMatchObject({ ready: true });
  });
const projectedPods = async () => {
  const rows: { name: string }[] = await source.query(
    `SELECT name FROM cluster_object WHERE kind = 'Pod' ORDER BY name`,
  );
  return rows.map(({ name }) => name);
};
const configurationText = async () => {
  const rows: { text: string }[] = await source.query(`SELECT configuration_text AS text FROM cluster`);
  return rows[0]?.text;
};

describe('the watcher', () => {
  it('brings a cluster into the projection with the rights of k8s/base, and a status back', async () => {
    await cluster.apply(podManifest('web-1'));
    const rule = podRuleManifest('allow-payments');
    await cluster.apply(rule);
    const watcher = await start();
    await ready(watcher);
    await waitFor(async () => {
      expect(await projectedPods()).toEqual(['web-1']);
    });
    await cluster.apply(podManifest('web-2'));
    await waitFor(async () => {
      expect(await projectedPods()).toEqual(['web-1', 'web-2']);
    });
    await waitFor(() => {
      expect(cluster.simulator.get('PodEgressRule', 'shop', 'allow-payments')).toMatchObject({
        status: {
          phase: 'Failed',
          conditions: [{ type: 'Accepted', status: 'False', reason: 'UnknownExternalService' }, {}],
        },
      });
    });
    expect(await watcher.metrics.render()).toContain('ces_watch_leading{app="watcher"} 1');
  });

  it('writes a status again that somebody else has changed, and one that somebody has removed', async () => {
    await cluster.apply(podRuleManifest('allow-payments'));
    const { metrics } = await start();
    const shown = () => cluster.simulator.get('PodEgressRule', 'shop', 'allow-payments')?.['status'];
    const settled = () =>
      waitFor(() => {
        expect(shown()).toMatchObject({ phase: 'Failed', conditions: [{ reason: 'UnknownExternalService' }, {}] });
      });
    await settled();
    await cluster.apply({ ...podRuleManifest('allow-payments'), status: { phase: 'Success' } });
    expect(shown()).toEqual({ phase: 'Success' });
    await settled();
    await cluster.apply({ ...podRuleManifest('allow-payments'), status: {} });
    await settled();
    expect(await metrics.render()).toContain('ces_status_repairs_total{app="watcher"} 2');
  });

  it('hands over to a standby, which goes on where the projection stands', async () => {
    await cluster.apply(podManifest('web-1'));
    const first = await start();
    await ready(first);
    await waitFor(async () => {
      expect(await projectedPods()).toEqual(['web-1']);
    });
    const second = await start();
    await ready(second);
    expect(await second.metrics.render()).not.toContain('ces_watch_leading{app="watcher"} 1');
    await waitFor(async () => {
      expect((await new PostgresCheckpointSource(source).read('k8s')).checkpoints).toHaveLength(9);
    });
    const lists = () => cluster.faults.requests().filter(({ query }) => query['limit'] === '3').length;
    const before = lists();
    await first.app.close();
    await cluster.apply(podManifest('web-2'));
    await waitFor(async () => {
      expect(await projectedPods()).toEqual(['web-1', 'web-2']);
    });
    expect(await second.metrics.render()).toContain('ces_watch_leading{app="watcher"} 1');
    expect(lists()).toBe(before);
  });

  it('follows ces-conf.yaml, and keeps the last good one', async () => {
    await ready(await start());
    await waitFor(async () => {
      expect(await configurationText()).toBe(configuration());
    });
    const changed = configuration('defaultDeny: always\n');
    await writeFile(join(directory, 'ces-conf.yaml'), 'clusterName: [\n');
    await writeFile(join(directory, 'ces-conf.yaml'), configuration().replace('k8s', 'other'));
    await writeFile(join(directory, 'ces-conf.yaml'), changed);
    await waitFor(async () => {
      expect(await configurationText()).toBe(changed);
    });
  });

  it('promise 9: starts, and is not ready, while the API server is away', async () => {
    await cluster.simulator.stopListening();
    const watcher = await start();
    expect(await watcher.health.report()).toMatchObject({ ready: false });
    await cluster.simulator.listen();
    await ready(watcher);
  });

  it('refuses to start with a configuration that is not valid, and names the line', async () => {
    await writeFile(join(directory, 'ces-conf.yaml'), 'clusterName: 0_bad\n');
    await expect(start()).rejects.toThrow(/line 1: clusterName must begin with a letter/);
  });
});
