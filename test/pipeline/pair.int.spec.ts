import { BigipPair } from '#apps/bigip-simulator/src/pair';
import { type BigipSimulator } from '#apps/bigip-simulator/src/simulator';
import { systemClock } from '#platform/clock';
import { PostgresHistory } from '#project/adapters/postgres-history';
import { endpointSlice, externalService, namespace, pod, rule, service } from '#testing/observed';
import { ObservedCluster } from '#testing/observed-cluster';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { configurationText, Pipeline, preparedDevice } from './pipeline.js';

const webPod = (name: string, address: string) => pod(name, address, { labels: { app: 'web' } });
const first = webPod('web-1', '10.1.0.1');
const second = webPod('web-2', '10.1.0.2');

describe('a pair of BIG-IPs', () => {
  let pair: BigipPair;
  let pipeline: Pipeline;
  let cluster: ObservedCluster;

  const bank = { destination: '198.51.100.7', protocol: 'tcp', port: 443, partition: 'shop' };
  const verdict = (unit: BigipSimulator, source: string) => unit.evaluate({ ...bank, source }).action;
  /** Until nothing is left to do and every tenant was looked at. */
  const settle = async () => {
    for (let passes = 0; passes < 20; passes += 1) {
      const result = await pipeline.apply();
      if (result.type === 'done' && result.nextLook > 0) return;
    }
    throw new Error('it does not come to rest');
  };
  const replacePod = () =>
    pipeline.project(cluster.together(cluster.upsert(second, endpointSlice('web', [second])), cluster.remove(first)));

  beforeEach(async () => {
    pair = await BigipPair.start('pair', preparedDevice);
    pipeline = await Pipeline.start({ pair });
    cluster = new ObservedCluster().add(
      ...[namespace('shop'), service('web'), first, endpointSlice('web', [first])],
      ...[externalService('bank'), rule('ServiceEgressRule', 'web-to-bank', { service: 'web' })],
    );
    await pipeline.project(cluster.configuration(configurationText), ...cluster.snapshotOfAll());
  });

  afterEach(async () => {
    await pipeline.stop();
  });

  it('is declared on the unit that is active, and the other one is brought up to date', async () => {
    pair.failOver();
    await settle();
    expect([pair.first.counters.declares, pair.second.counters.declares]).toEqual([0, 2]);
    expect([verdict(pair.second, '10.1.0.1'), verdict(pair.first, '10.1.0.1')]).toEqual(['accept', 'accept']);
    expect(pair.second.syncs).toEqual(['pair']);
    await settle();
    expect(pair.second.syncs).toEqual(['pair']);
  });

  it('promise 2: the unit that takes over with an older configuration loses what was withdrawn since', async () => {
    await settle();
    pair.first.faults.strikeRequests({
      method: 'POST',
      path: '/mgmt/tm/cm',
      times: 100,
      effect: { kind: 'status', status: 500, body: { message: 'sync failed' } },
    });
    await replacePod();
    await settle();
    expect([verdict(pair.first, '10.1.0.1'), verdict(pair.second, '10.1.0.1')]).toEqual(['drop', 'accept']);
    pair.failOver();
    const before = pair.first.counters.declares;
    const synchronised: string[] = [];
    pair.first.onDeviceState((state) => {
      synchronised.push(pair.first.evaluate({ ...bank, source: '10.1.0.1' }, state).action);
    });
    await settle();
    expect([verdict(pair.second, '10.1.0.1'), verdict(pair.second, '10.1.0.2')]).toEqual(['drop', 'accept']);
    expect(pair.first.counters.declares).toBe(before);
    // The older configuration never went to the unit that had the newer one.
    expect(synchronised).toEqual(['drop']);
    const { entries } = await new PostgresHistory(pipeline.source, systemClock).audit({ kind: 'Tenant' }, { limit: 9 });
    expect(entries).toMatchObject([{ action: 'drift', name: 'shop', after: { response: 'repair', by: 'as3' } }]);
  });

  it('promise 9: the active unit dies: the other one is followed, and nothing is lost', async () => {
    await settle();
    await pair.first.outage('refuse');
    pair.failOver();
    await replacePod();
    await settle();
    expect([verdict(pair.second, '10.1.0.1'), verdict(pair.second, '10.1.0.2')]).toEqual(['drop', 'accept']);
    expect(await pipeline.status('web-to-bank')).toMatchObject({ phase: 'Success' });
  });

  it('dies in the middle of a declaration: what became of it is found out on the other one', async () => {
    await settle();
    await replacePod();
    pair.first.faults.strikeRequests({
      method: 'POST',
      path: '/mgmt/shared/appsvcs/declare',
      effect: { kind: 'lose-answer' },
    });
    expect(await pipeline.apply()).toMatchObject({ type: 'again', failure: { kind: 'answer-lost' } });
    await pair.first.outage('refuse');
    pair.failOver();
    await settle();
    expect([verdict(pair.second, '10.1.0.1'), verdict(pair.second, '10.1.0.2')]).toEqual(['drop', 'accept']);
  });

  it('promise 6: nothing is declared while no unit is active', async () => {
    pair.first.setFailover('STANDBY');
    expect(await pipeline.apply()).toMatchObject({ type: 'again', failure: { kind: 'standby' } });
    expect([pair.first.counters.declares, pair.second.counters.declares]).toEqual([0, 0]);
    expect((await pipeline.status('web-to-bank')).conditions[1]?.message).toContain('active');
    pair.first.setFailover('ACTIVE');
    await settle();
    expect(verdict(pair.first, '10.1.0.1')).toBe('accept');
  });

  it('a sync that fails holds no change up, and is tried again', async () => {
    pair.first.faults.strikeRequests({
      method: 'POST',
      path: '/mgmt/tm/cm',
      effect: { kind: 'status', status: 404, body: { message: 'no such group' } },
    });
    await settle();
    expect(verdict(pair.first, '10.1.0.1')).toBe('accept');
    expect(pair.second.declarations).toEqual([]);
    await settle();
    expect([verdict(pair.second, '10.1.0.1'), verdict(pair.second, '10.9.9.9')]).toEqual(['accept', 'drop']);
  });
});
