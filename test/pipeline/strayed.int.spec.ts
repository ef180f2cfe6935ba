import { busyMessage } from '#apps/bigip-simulator/src/as3/lock';
import { pod } from '#testing/observed';
import { type ObservedCluster } from '#testing/observed-cluster';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startWithShop } from './leaving-tenant.js';
import { Killed, mortal } from './mortal-log.js';
import { type Pipeline } from './pipeline.js';

const declare = { method: 'POST', path: '/mgmt/shared/appsvcs/declare/shop' } as const;

describe('promise 6: what an earlier holder sent may come yet, though all is as it was before', () => {
  let pipeline: Pipeline;
  let cluster: ObservedCluster;

  beforeEach(async () => {
    ({ pipeline, cluster } = await startWithShop());
    const lease = await pipeline.log.acquire('bigip', 'worker-1', 60_000);
    if (lease === null) throw new Error('the lease is not free');
    const short = pod('web-2', '10.1.0.2', { labels: { app: 'web' } });
    await pipeline.project(cluster.upsert(short));
    const run = pipeline.cycle(lease, mortal(pipeline.log, 'after begin 1')).run(new AbortController().signal);
    await expect(run).rejects.toThrow(Killed);
    await pipeline.log.release(lease);
    await pipeline.project(cluster.remove(short));
    // The next holder has looked into it, and then AS3 has no time for what would keep it out.
    pipeline.device.faults.strikeRequests({ ...declare, effect: { kind: 'slow', milliseconds: 1 } });
    pipeline.device.faults.strikeRequests({
      ...declare,
      effect: { kind: 'status', status: 503, body: { message: busyMessage } },
    });
    expect(await pipeline.apply('worker-2')).toMatchObject({ type: 'again', failure: { kind: 'busy' } });
    expect(await pipeline.log.openAttempts('bigip')).toEqual([]);
  });

  afterEach(async () => {
    await pipeline.stop();
  });

  const label = async () => (await pipeline.bigip().stored('shop', new AbortController().signal))?.body['label'];

  it('the tenant is declared with the epoch of the next holder, once', async () => {
    expect(await pipeline.apply('worker-2')).toMatchObject({ type: 'done', applied: 1 });
    expect(await label()).toBe('ces epoch 2');
    expect(await pipeline.apply('worker-2')).toMatchObject({ type: 'done', applied: 0 });
  });

  it('and with that of whoever comes after one that was killed, too', async () => {
    await pipeline.source.query('UPDATE device_lease SET expires_at = clock_timestamp()');
    expect(await pipeline.apply('worker-3')).toMatchObject({ type: 'done', applied: 1 });
    expect(await label()).toBe('ces epoch 3');
    await pipeline.source.query('UPDATE device_lease SET expires_at = clock_timestamp()');
    expect(await pipeline.apply('worker-4')).toMatchObject({ type: 'done', applied: 0 });
  });
});
