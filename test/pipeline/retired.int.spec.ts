import { clientOf } from '#apps/bigip-simulator/src/testing/client.spec';
import { PostgresQueries } from '#project/adapters/postgres-queries';
import { externalService, namespace, pod, rule } from '#testing/observed';
import { ObservedCluster } from '#testing/observed-cluster';
import { isJsonObject } from '#core/json';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { configurationText, Pipeline, preparedDevice } from './pipeline.js';

const withoutShop = configurationText.slice(0, configurationText.indexOf('  - name: shop'));
const bank = { destination: '198.51.100.7', protocol: 'tcp', port: 443, partition: 'shop' } as const;

describe('a tenant that the configuration no longer names', () => {
  let pipeline: Pipeline;
  let cluster: ObservedCluster;
  const verdict = (source: string, state = pipeline.device.device.state) =>
    pipeline.device.evaluate({ ...bank, source }, state);

  beforeEach(async () => {
    pipeline = await Pipeline.start({ device: preparedDevice });
    cluster = new ObservedCluster().add(
      namespace('shop'),
      pod('web-1', '10.1.0.1', { labels: { app: 'web' } }),
      externalService('bank'),
      rule('PodEgressRule', 'out', { podSelector: { matchLabels: { app: 'web' } } }),
    );
    await pipeline.project(cluster.configuration(configurationText), ...cluster.snapshotOfAll());
    await pipeline.apply();
    expect(verdict('10.1.0.1').reaches).toBe(true);
  });

  afterEach(async () => {
    await pipeline.stop();
  });

  /** Another controller adds an object to the tenant, through AS3. */
  async function addForeign(): Promise<void> {
    const client = clientOf(pipeline.device);
    const path = '/mgmt/shared/appsvcs/declare/shop';
    const { body: declaration } = await client.get(path);
    const shop = isJsonObject(declaration) ? declaration['shop'] : undefined;
    if (!isJsonObject(declaration) || !isJsonObject(shop) || !isJsonObject(shop['Shared'])) {
      throw new Error('AS3 stores nothing of the tenant');
    }
    const next = { ...shop, Shared: { ...shop['Shared'], their_pool: { class: 'Pool', members: [] } } };
    expect(await client.post(path, { ...declaration, shop: next })).toMatchObject({ status: 200 });
  }

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
    await addForeign();
    await pipeline.project(cluster.configuration(withoutShop));
    await pipeline.apply();
    expect(verdict('10.1.0.1').reaches).toBe(false);
    const stored = await pipeline.bigip().stored('shop', new AbortController().signal);
    expect(stored?.body['Shared']).toMatchObject({ their_pool: { class: 'Pool' } });
  });

  it('is filled again when it comes back', async () => {
    await pipeline.project(cluster.configuration(withoutShop));
    await pipeline.apply();
    await pipeline.project(cluster.configuration(configurationText));
    await pipeline.apply();
    expect(verdict('10.1.0.1').reaches).toBe(true);
  });
});
