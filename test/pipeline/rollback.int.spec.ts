import { systemClock } from '#platform/clock';
import { PostgresCommands } from '#project/adapters/postgres-commands';
import { Replay } from '#project/adapters/replay/replay';
import { isSame } from '#project/ports/replay';
import { externalService, namespace, pod, rule } from '#testing/observed';
import { ObservedCluster } from '#testing/observed-cluster';
import { type ClusterObject } from '#core/objects';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { configurationText, Pipeline, preparedDevice } from './pipeline.js';

const webPod = (name: string, address: string) => pod(name, address, { labels: { app: 'web' } });
const apiPod = (name: string, address: string) => pod(name, address, { labels: { app: 'api' } });
const to = (name: string, address: string) => externalService(name, { addresses: [address] });
const webTo = (name: string, spec = {}) =>
  rule('PodEgressRule', `web-to-${name}`, {
    podSelector: { matchLabels: { app: 'web' } },
    externalServices: [name],
    ...spec,
  });
const ann = { name: 'ann', origin: 'cli' };

describe('a tenant that is rolled back', () => {
  let pipeline: Pipeline;
  let cluster: ObservedCluster;
  let commands: PostgresCommands;

  const verdict = (destination: string, source = '10.1.0.1') =>
    pipeline.device.evaluate({ source, destination, protocol: 'tcp', port: 443, partition: 'shop' }).action;
  const rollback = (version: number | Date, reason = 'It broke the shop.') =>
    commands.requestRollback({ device: 'bigip', tenant: 'shop', to: version, reason, actor: ann });
  const unpin = () => commands.requestRelease({ device: 'bigip', tenant: 'shop', reason: 'Mended.', actor: ann });
  const version = async (tenant = 'shop'): Promise<number> => {
    const rows: { version: number }[] = await pipeline.source.query(
      'SELECT version FROM tenant_state WHERE tenant = $1',
      [tenant],
    );
    return rows[0]?.version ?? 0;
  };
  const programmed = async (name: string) => (await pipeline.status(name)).conditions[1];
  const declares = async (work: () => Promise<unknown>) => {
    const before = pipeline.device.counters.declares;
    await work();
    return pipeline.device.counters.declares - before;
  };
  const change = async (...changes: readonly ClusterObject[]) => {
    await pipeline.project(cluster.upsert(...changes));
    await pipeline.apply();
  };
  const remove = async (...gone: readonly ClusterObject[]) => {
    await pipeline.project(cluster.remove(...gone));
    await pipeline.apply();
  };

  beforeEach(async () => {
    pipeline = await Pipeline.start({ device: preparedDevice });
    commands = new PostgresCommands(pipeline.source, systemClock);
    cluster = new ObservedCluster().add(
      ...[namespace('shop'), webPod('web-1', '10.1.0.1'), apiPod('api-1', '10.1.0.8')],
      ...[to('bank', '198.51.100.7'), webTo('bank'), to('mail', '198.51.100.25'), webTo('mail')],
    );
    await pipeline.project(cluster.configuration(configurationText), ...cluster.snapshotOfAll());
    await pipeline.apply();
  });

  afterEach(async () => {
    await expectReplayed();
    await pipeline.stop();
  });

  /** Promise 4: the event log gives the same. */
  async function expectReplayed(): Promise<void> {
    const replay = await Replay.open(pipeline.database.url, { clock: systemClock });
    try {
      const report = await replay.compare(3);
      expect(isSame(report), JSON.stringify(report.tables.filter(({ examples }) => examples.length > 0))).toBe(true);
    } finally {
      await replay.close();
    }
  }

  it('holds the rules of the earlier version: changed ones in their earlier form, later ones not, deleted ones again', async () => {
    const good = await version();
    await change(
      to('net', '203.0.113.0/24'),
      webTo('net'),
      webTo('bank', { podSelector: { matchLabels: { app: 'api' } } }),
    );
    await remove(webTo('mail'));
    expect([verdict('198.51.100.7'), verdict('198.51.100.25'), verdict('203.0.113.9')]).toEqual([
      'drop',
      'drop',
      'accept',
    ]);
    expect(await rollback(good)).toMatchObject({ version: good, pinned: null });
    expect(await declares(() => pipeline.apply())).toBe(1);
    expect([verdict('198.51.100.7'), verdict('198.51.100.25'), verdict('203.0.113.9')]).toEqual([
      'accept',
      'accept',
      'drop',
    ]);
    expect(verdict('198.51.100.7', '10.1.0.8')).toBe('drop');
    expect(await programmed('web-to-net')).toMatchObject({ status: 'False', reason: 'Pinned' });
    expect((await programmed('web-to-bank'))?.message).toContain('by ann (cli), because: It broke the shop.');
    expect(await declares(() => pipeline.apply())).toBe(0);
  });

  it('promise 2: goes on following the pods, also those that only the earlier form selects, and old addresses stay away', async () => {
    const good = await version();
    await change(webTo('bank', { podSelector: { matchLabels: { app: 'api' } } }));
    await remove(webTo('mail'));
    await remove(webPod('web-1', '10.1.0.1'));
    await rollback(good);
    await pipeline.apply();
    expect([verdict('198.51.100.7'), verdict('198.51.100.25')]).toEqual(['drop', 'drop']);
    await change(webPod('web-2', '10.1.0.2'));
    expect([verdict('198.51.100.7', '10.1.0.2'), verdict('198.51.100.25', '10.1.0.2')]).toEqual(['accept', 'accept']);
    await remove(webPod('web-2', '10.1.0.2'));
    expect([verdict('198.51.100.7', '10.1.0.2'), verdict('198.51.100.25', '10.1.0.2')]).toEqual(['drop', 'drop']);
  });

  it('promise 2: withdraws what its author withdraws meanwhile, and nothing else follows', async () => {
    const good = await version();
    await rollback(good);
    await pipeline.apply();
    await change(to('net', '203.0.113.0/24'), webTo('net'), webTo('mail', { action: 'drop' }));
    expect([verdict('203.0.113.9'), verdict('198.51.100.25')]).toEqual(['drop', 'accept']);
    await remove(webTo('bank'));
    expect([verdict('198.51.100.7'), verdict('198.51.100.25')]).toEqual(['drop', 'accept']);
    await remove(to('mail', '198.51.100.25'));
    expect(verdict('198.51.100.25')).toBe('accept');
  });

  it('is released: its rules as they stand are in force again', async () => {
    const good = await version();
    await change(
      to('net', '203.0.113.0/24'),
      webTo('net'),
      webTo('idle', { podSelector: { matchLabels: { app: 'none' } } }),
    );
    await remove(webTo('mail'));
    await rollback(good);
    await pipeline.apply();
    await unpin();
    expect((await pipeline.status('web-to-net')).phase).toBe('Syncing');
    await pipeline.apply();
    expect([verdict('203.0.113.9'), verdict('198.51.100.25'), verdict('198.51.100.7')]).toEqual([
      'accept',
      'drop',
      'accept',
    ]);
    expect((await pipeline.status('web-to-net')).phase).toBe('Success');
    await expect(unpin()).rejects.toThrow('not pinned');
  });

  it('is not moved by a resync, nor by a worker that takes over', async () => {
    const good = await version();
    await change(to('net', '203.0.113.0/24'), webTo('net'));
    await rollback(good);
    await pipeline.apply();
    await commands.requestResync({ device: 'bigip', tenants: ['shop'], actor: ann });
    await pipeline.source.query('UPDATE device_lease SET expires_at = now() - make_interval(secs => 1)');
    expect(await declares(() => pipeline.apply('worker-2'))).toBe(1);
    expect([verdict('203.0.113.9'), verdict('198.51.100.7')]).toEqual(['drop', 'accept']);
    expect(await programmed('web-to-net')).toMatchObject({ reason: 'Pinned' });
  });

  it('promise 8: keeps what the device refuses of the earlier version out, and holds the rest', async () => {
    const good = await version();
    await remove(webTo('mail'));
    await remove(webTo('bank'));
    pipeline.device.faults.refuseObjects(/_web-to-mail_/, '01070734:3: Configuration error', false);
    await rollback(good);
    await pipeline.apply();
    expect([verdict('198.51.100.7'), verdict('198.51.100.25')]).toEqual(['accept', 'drop']);
    pipeline.device.faults.clear();
    await commands.requestRetry({ device: 'bigip', of: { tenants: ['shop'] }, reason: null, actor: ann });
    await pipeline.apply();
    expect(verdict('198.51.100.25')).toBe('accept');
  });
});
