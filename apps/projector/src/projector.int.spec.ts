import { type StreamMessage } from '#core/change';
import { objectKinds } from '#core/kinds';
import { type ClusterObject } from '#core/objects';
import { systemClock } from '#platform/clock';
import { createHealth } from '#platform/health';
import { silentLogger } from '#platform/logger';
import { createMetrics } from '#platform/metrics';
import { type RunningApp } from '#platform/run-process';
import { Secret } from '#platform/secret';
import { type StreamSettings } from '#platform/settings-sections';
import { DatabaseNotMigrated, dataSource } from '#project/adapters/data-source';
import { query } from '#project/adapters/sql';
import { createStreamBackend } from '#stream/adapters/bullmq-backend';
import { type StreamBackend } from '#stream/ports/stream-backend';
import { put } from '#testing/project/cluster-spec';
import { batch, chunk, configurationMessage } from '#testing/project/messages';
import { configurationText, externalService, pod, podRule } from '#testing/project/objects';
import { startTcpProxy, type TcpProxy } from '#testing/tcp-proxy';
import { createTestDatabase, type TestDatabase } from '#testing/test-database';
import { waitFor } from '#testing/wait-for';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DataSource } from 'typeorm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startProjector } from './projector.js';

let directory: string;
let database: TestDatabase;
let source: DataSource;
let proxy: TcpProxy;
let stream: StreamBackend;
let streamSettings: StreamSettings;
const running: RunningApp[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ces-test-'));
  await writeFile(join(directory, 'ces-conf.yaml'), configurationText());
  database = await createTestDatabase({ migrated: true });
  source = await dataSource(database.url);
  proxy = await startTcpProxy(database.url);
  streamSettings = { backend: 'postgres', url: new Secret(database.url), prefix: 'ces_stream' };
  const metrics = createMetrics({ app: 'watcher' });
  stream = createStreamBackend({ settings: streamSettings, logger: silentLogger, metrics });
  await stream.prepare();
});

afterEach(async () => {
  for (const app of running.splice(0)) await app.close();
  await stream.close();
  await proxy.close();
  await source.destroy();
  await database.drop();
  await rm(directory, { recursive: true });
});

async function start(databaseUrl = proxy.url, state = createHealth(), metrics = createMetrics({ app: 'projector' })) {
  const app = await startProjector({
    settings: {
      log: { level: 'silent' },
      http: { port: 0 },
      database: { url: new Secret(databaseUrl) },
      stream: streamSettings,
      configuration: { file: join(directory, 'ces-conf.yaml'), namespace: 'kube-system' },
    },
    logger: silentLogger,
    metrics,
    health: state,
    clock: systemClock,
  });
  running.push(app);
  return { app, state, metrics };
}

const objects: ClusterObject[] = [externalService('payments'), podRule('out')];

async function publish(...messages: readonly StreamMessage[]): Promise<void> {
  const publisher = stream.changes.publisher('k8s');
  for (const message of messages) await publisher.publish(message);
  await publisher.close();
}

/** The configuration, and a list of every kind at version 100. */
const listed: StreamMessage[] = [
  configurationMessage(),
  ...objectKinds.map((kind) =>
    chunk(
      kind,
      100,
      objects.filter((object) => object.kind === kind),
    ),
  ),
];

const newPod = (number: number) =>
  batch(
    [['Pod', 100 + number, 101 + number]],
    [put(pod(`web-${number}`, { addresses: [`10.1.0.${number}`], resourceVersion: String(101 + number) }))],
  );

async function pods(): Promise<readonly string[]> {
  const rows = await query<{ name: string }>(
    source,
    `SELECT name FROM cluster_object WHERE kind = 'Pod' ORDER BY name`,
  );
  return rows.map(({ name }) => name);
}

describe('a projector', () => {
  it('projects what is on the stream, and hints at the device', async () => {
    const { state, metrics } = await start();
    const hinted = new Set<string>();
    await stream.hints.consumeHints((device) => {
      hinted.add(device);
      return Promise.resolve();
    });
    await publish(...listed, newPod(0));
    await waitFor(async () => {
      expect(await pods()).toEqual(['web-0']);
      expect([...hinted]).toEqual(['bigip']);
    });
    expect(await state.report()).toMatchObject({ ready: true });
    expect(await metrics.render()).toMatch(/ces_events_total\{type="kind-synced",app="projector"\} 9/);
  });

  it('sets aside what cannot be projected, and goes on with the rest', async () => {
    await query(source, `ALTER TABLE cluster_object ADD CHECK (name <> 'web-1')`);
    await start();
    await publish(configurationMessage('layout: nonsense'), ...listed, newPod(0), newPod(1), newPod(2));
    await waitFor(async () => {
      expect(await stream.changes.listSetAside('k8s')).toHaveLength(2);
    });
    const rows = await query(source, `SELECT resource_version, gap FROM checkpoint WHERE kind = 'Pod'`);
    expect(rows).toEqual([{ resource_version: '101', gap: true }]);
    const observedAt = '2026-03-01T13:00:00.000Z';
    await publish(chunk('Pod', 200, [pod('web-9', { resourceVersion: '150' })], { observedAt }));
    await waitFor(async () => {
      expect(await pods()).toEqual(['web-9']);
    });
  });

  it('promise 9: waits in place while the database is away, and loses nothing', async () => {
    const { state } = await start();
    await publish(...listed, newPod(0));
    await waitFor(async () => {
      expect(await pods()).toEqual(['web-0']);
    });
    await proxy.cut();
    await publish(newPod(1), newPod(2), newPod(3));
    await waitFor(async () => {
      expect(await state.report()).toMatchObject({ ready: false });
    });
    await proxy.restore();
    await waitFor(async () => {
      expect(await pods()).toEqual(['web-0', 'web-1', 'web-2', 'web-3']);
    });
    expect(await stream.changes.listSetAside('k8s')).toEqual([]);
    const upserts = await query(source, `SELECT FROM event WHERE type = 'upsert' AND kind = 'Pod'`);
    expect(upserts).toHaveLength(4);
  });

  it.each([
    ['the disk is full', '53100'],
    ['a lock is not given in time', '55P03'],
    ['it is a standby, after a fail-over', '25006'],
  ])('promise 9: waits in place while %s, and loses nothing', async (_, state) => {
    await start();
    await publish(...listed, newPod(0));
    await waitFor(async () => {
      expect(await pods()).toEqual(['web-0']);
    });
    await query(source, 'CREATE SEQUENCE refused');
    await query(
      source,
      `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
         PERFORM nextval('refused'); RAISE 'refused' USING ERRCODE = '${state}'; END $$`,
    );
    await query(source, 'CREATE TRIGGER refuse BEFORE INSERT ON event EXECUTE FUNCTION refuse()');
    await publish(newPod(1), newPod(2));
    await waitFor(async () => {
      expect(await query(source, 'SELECT last_value > 1 AS again FROM refused')).toEqual([{ again: true }]);
    });
    await query(source, 'DROP TRIGGER refuse ON event');
    await waitFor(async () => {
      expect(await pods()).toEqual(['web-0', 'web-1', 'web-2']);
    });
    expect(await stream.changes.listSetAside('k8s')).toEqual([]);
  });

  it('stands by for another one, and takes over from where that one stood', async () => {
    const first = await start();
    await publish(...listed, newPod(0));
    await waitFor(async () => {
      expect(await pods()).toEqual(['web-0']);
    });
    await start();
    running.splice(running.indexOf(first.app), 1);
    await first.app.close();
    await publish(newPod(1));
    await waitFor(async () => {
      expect(await pods()).toEqual(['web-0', 'web-1']);
    });
  });

  it('does not start on a database that is not migrated, nor on a configuration that is not valid', async () => {
    const bare = await createTestDatabase();
    await expect(start(bare.url)).rejects.toThrow(DatabaseNotMigrated);
    await bare.drop();
    await writeFile(join(directory, 'ces-conf.yaml'), 'layout: nonsense');
    await expect(start()).rejects.toThrow(/line 1: layout must be one of/);
  });
});
