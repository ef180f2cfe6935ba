import { PostgresQueries } from '#project/adapters/postgres-queries';
import { type ObservedCluster } from '#testing/observed-cluster';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { declareByOthers } from '../faults/histories/other-writer.js';
import { bank, startWithShop, withoutShop } from './leaving-tenant.js';
import { configurationText, type Pipeline } from './pipeline.js';

describe('a tenant that the configuration no longer names', () => {
  let pipeline: Pipeline;
  let cluster: ObservedCluster;
  const verdict = (source: string, state = pipeline.device.device.state) =>
    pipeline.device.evaluate({ ...bank, source }, state);

  beforeEach(async () => {
    ({ pipeline, cluster } = await startWithShop());
    expect(verdict('10.1.0.1').reaches).toBe(true);
  });

  afterEach(async () => {
    await pipeline.stop();
  });

  it('promise 2: is emptied of its rules, and opens nothing on the way', async () => {
    const open: string[] = [];
    pipeline.device.onDeviceState((state, { command }) => {
      for (const source of ['10.1.0.2', '203.0.113.5']) if (verdict(source, state).reaches) open.push(command);
    });
    await pipeline.project(cluster.configuration(withoutShop));
    await pipeline.apply();
    expect(verdict('10.1.0.1').reaches).toBe(false);
    expect(open).toEqual([]);
    const tenants = await new PostgresQueries(pipeline.source).tenants();
    expect(tenants.find(({ tenant }) => tenant === 'shop')).toMatchObject({ rules: 0, open: false });
    pipeline.device.clearRequests();
    await pipeline.apply();
    expect(pipeline.device.requests.filter(({ method }) => method === 'POST').map(({ path }) => path)).toEqual([]);
  });

  it('promise 10: keeps what others declared in it', async () => {
    expect(await declareByOthers(pipeline.device, 'shop')).toBe('/shop/Shared/others_pool');
    await pipeline.project(cluster.configuration(withoutShop));
    await pipeline.apply();
    expect(verdict('10.1.0.1').reaches).toBe(false);
    const stored = await pipeline.bigip().stored('shop', new AbortController().signal);
    expect(stored?.body['Shared']).toMatchObject({ others_pool: { class: 'Pool' } });
  });

  it('is filled again when it comes back', async () => {
    await pipeline.project(cluster.configuration(withoutShop));
    await pipeline.apply();
    await pipeline.project(cluster.configuration(configurationText));
    await pipeline.apply();
    expect(verdict('10.1.0.1').reaches).toBe(true);
  });
});
