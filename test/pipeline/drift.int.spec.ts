import { addressList, policy } from '#apps/bigip-simulator/src/device/objects';
import { at, clientOf } from '#apps/bigip-simulator/src/testing/client.spec';
import { type JsonObject } from '#core/json';
import { PostgresCommands } from '#project/adapters/postgres-commands';
import { find } from '#apps/bigip-simulator/src/device/state';
import { systemClock } from '#platform/clock';
import { Replay } from '#project/adapters/replay/replay';
import { PostgresHistory } from '#project/adapters/postgres-history';
import { type AuditEntry } from '#project/ports/history';
import { type DriftStanding } from '#project/ports/drift';
import { endpointSlice, externalService, namespace, pod, rule, service } from '#testing/observed';
import { ObservedCluster } from '#testing/observed-cluster';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { configurationText, Pipeline, preparedDevice } from './pipeline.js';

const webPod = (name: string, address: string) => pod(name, address, { labels: { app: 'web' } });
const sources = '/shop/Shared/k8s_svc_shop_web-to-bank_ep_web_src_address';
const servicePolicy = '/shop/Shared/k8s_svc_policy_rd2';
const globalPolicy = '/Common/Shared/k8s_system_global_policy';

describe('drift: the device differs from what was applied', () => {
  let pipeline: Pipeline;
  let cluster: ObservedCluster;
  const pods = [webPod('web-1', '10.1.0.1'), webPod('web-2', '10.1.0.2')];
  const bank = { destination: '198.51.100.7', protocol: 'tcp', port: 443, partition: 'shop' };

  const verdict = (source: string) => pipeline.device.evaluate({ ...bank, source }).action;
  /** As after a reconnect: every tenant is compared, and what comes of it is done. */
  const look = async () => {
    (await pipeline.cycleOf('worker-1')).forget();
    for (let rounds = 0; rounds < 20; rounds += 1) {
      const result = await pipeline.apply();
      if (result.type !== 'done') throw result.failure;
      if (result.nextLook > 0) return;
    }
    throw new Error('it does not come to rest');
  };
  const drift = async (tenant = 'shop'): Promise<DriftStanding> => {
    const [work] = (await pipeline.state.read('bigip', [tenant])).tenants;
    if (work === undefined) throw new Error(`no tenant ${tenant}`);
    return work.drift;
  };
  const audited = async (): Promise<readonly AuditEntry[]> => {
    const { entries } = await new PostgresHistory(pipeline.source, systemClock).audit(
      { kind: 'Tenant' },
      { limit: 50 },
    );
    return entries.filter(({ action }) => action === 'drift');
  };
  const programmed = async (name = 'web-to-bank') => (await pipeline.status(name)).conditions[1];
  const holds = (prefix: string): Promise<{ from_version: number; to_version: number | null }[]> =>
    pipeline.source.query(
      `SELECT from_version, to_version FROM grant_hold WHERE prefix = $1 AND tenant = 'shop'
       ORDER BY from_earliest`,
      [prefix],
    );
  const changeSources = (...addresses: readonly string[]) => {
    pipeline.device.device.put(addressList({ path: sources, addresses }));
  };
  const stored = (): JsonObject => at(pipeline.device.declarations[0]?.declaration, 'shop');
  /** Another installation, which believes that the tenant is its own, wants another address in it. */
  const overwrite = async (tenant: JsonObject) => {
    const shop = JSON.parse(JSON.stringify(tenant).replaceAll('10.1.0.2', '10.66.6.6')) as JsonObject;
    const adc = { class: 'ADC', schemaVersion: '3.56.0', updateMode: 'selective', shop };
    const { status } = await clientOf(pipeline.device).post('/mgmt/shared/appsvcs/declare/shop', adc);
    expect(status).toBe(200);
  };
  const declares = () => pipeline.device.counters.declares;
  const configure = async (more: string) => {
    await pipeline.project(cluster.configuration(`${configurationText}${more}\n`));
    await pipeline.apply();
  };
  const expectReplayed = async () => {
    const replay = await Replay.open(pipeline.databaseUrl, { clock: systemClock });
    try {
      const { tables } = await replay.compare(3);
      expect(tables.filter(({ missing, unexpected, different }) => missing + unexpected + different > 0)).toEqual([]);
    } finally {
      await replay.close();
    }
  };

  beforeEach(async () => {
    pipeline = await Pipeline.start({ device: preparedDevice });
    cluster = new ObservedCluster().add(
      ...[namespace('shop'), service('web'), ...pods, endpointSlice('web', pods)],
      ...[externalService('bank'), rule('ServiceEgressRule', 'web-to-bank', { service: 'web' })],
    );
    await pipeline.project(cluster.configuration(configurationText), ...cluster.snapshotOfAll());
    await pipeline.apply();
  });

  afterEach(async () => {
    await expectReplayed();
    await pipeline.stop();
  });

  it('is none while nobody touched the device: it costs a dry run a tenant, and nothing is written', async () => {
    const before = declares();
    const { dryRuns } = pipeline.device.counters;
    await look();
    expect([declares() - before, pipeline.device.counters.dryRuns - dryRuns]).toEqual([0, 2]);
    expect(await audited()).toEqual([]);
    expect(await pipeline.apply()).toMatchObject({ type: 'done', applied: 0 });
    expect(pipeline.device.counters.dryRuns - dryRuns).toBe(2);
  });

  it('an address added by hand is found, told with the exact difference, and taken out again', async () => {
    changeSources('10.1.0.1', '10.1.0.2', '10.66.6.6');
    expect(verdict('10.66.6.6')).toBe('accept');
    await look();
    expect(verdict('10.66.6.6')).toBe('drop');
    const [entry, ...others] = await audited();
    expect(others).toEqual([]);
    expect(entry).toMatchObject({ name: 'shop', actor: null, after: { response: 'repair', by: 'past-as3' } });
    expect(entry?.before).toEqual({});
    expect(entry?.after).toMatchObject({ [sources]: { addresses: { '10.66.6.6': {} } } });
    expect(await programmed()).toMatchObject({ status: 'True', reason: 'Restored' });
    expect((await programmed())?.message).toContain(sources);
    expect(await drift()).toMatchObject({ present: null, repairs: 1 });
    expect(await holds('10.66.6.6')).toEqual([{ from_version: 1, to_version: 2 }]);
  });

  it('an address removed by hand: the device held it twice, and not in between', async () => {
    changeSources('10.1.0.1');
    await look();
    expect(verdict('10.1.0.2')).toBe('accept');
    expect(await holds('10.1.0.2')).toEqual([
      { from_version: 1, to_version: 1 },
      { from_version: 2, to_version: null },
    ]);
    expect(await holds('10.1.0.1')).toEqual([{ from_version: 1, to_version: null }]);
  });

  it('a rule’s action changed, and an object of ours added by hand', async () => {
    const found = find(pipeline.device.device.state, 'policy', servicePolicy);
    if (found === undefined) throw new Error('no policy');
    const rules = found.rules.map((one) => ('action' in one ? { ...one, action: 'accept' as const } : one));
    pipeline.device.device.put(
      policy({ ...found, rules }),
      addressList({ path: '/shop/Shared/k8s_svc_shop_gone_src_address', addresses: ['10.9.9.9'] }),
    );
    expect(verdict('10.9.9.9')).toBe('accept');
    await look();
    expect(verdict('10.9.9.9')).toBe('drop');
    expect(
      find(pipeline.device.device.state, 'address-list', '/shop/Shared/k8s_svc_shop_gone_src_address'),
    ).toBeUndefined();
    expect(JSON.stringify((await audited())[0]?.after)).toContain('deny_all_rule');
  });

  it('rules that only changed places, which AS3 does not see', async () => {
    await pipeline.project(
      cluster.upsert(rule('ServiceEgressRule', 'not-to-bank', { service: 'web', action: 'drop', priority: 1 })),
    );
    await pipeline.apply();
    expect(verdict('10.1.0.1')).toBe('drop');
    const found = find(pipeline.device.device.state, 'policy', servicePolicy);
    if (found === undefined) throw new Error('no policy');
    pipeline.device.device.put(
      policy({ ...found, rules: [...found.rules.slice(1, 2), ...found.rules.slice(0, 1), ...found.rules.slice(2)] }),
    );
    expect(verdict('10.1.0.1')).toBe('accept');
    await look();
    expect(verdict('10.1.0.1')).toBe('drop');
    const orders = [(await audited())[0]?.before, (await audited())[0]?.after].map(
      (side) => at(side ?? null, servicePolicy)['order'],
    );
    expect(
      orders.map(
        (order) => JSON.stringify(order).indexOf('not-to-bank') < JSON.stringify(order).indexOf('web-to-bank'),
      ),
    ).toEqual([true, false]);
    expect((await drift()).present).toBeNull();
  });

  it('what others keep in the partition may change', async () => {
    pipeline.device.device.put(addressList({ path: '/shop/Shared/theirs', addresses: ['10.5.5.5%2'] }));
    const before = declares();
    await look();
    expect(await audited()).toEqual([]);
    expect(declares()).toBe(before);
    expect(find(pipeline.device.device.state, 'address-list', '/shop/Shared/theirs')).toBeDefined();
  });

  it('an older archive is restored: its addresses come back for a moment, and the log says so', async () => {
    const archive = pipeline.device.takeArchive();
    const [, second] = pods;
    if (second === undefined) throw new Error('no pod');
    await pipeline.project(
      cluster.together(cluster.upsert(endpointSlice('web', pods.slice(0, 1))), cluster.remove(second)),
    );
    await pipeline.apply();
    expect(verdict('10.1.0.2')).toBe('drop');
    pipeline.device.restoreArchive(archive);
    expect(verdict('10.1.0.2')).toBe('accept');
    await look();
    expect(verdict('10.1.0.2')).toBe('drop');
    expect((await audited())[0]).toMatchObject({ name: 'shop', after: { by: 'as3' } });
    expect(await holds('10.1.0.2')).toEqual([
      { from_version: 1, to_version: 2 },
      { from_version: 2, to_version: 3 },
    ]);
  });

  it('the tenant is deleted through AS3', async () => {
    await clientOf(pipeline.device).delete('/mgmt/shared/appsvcs/declare/shop');
    expect(pipeline.device.device.state.objects.has(`security firewall policy ${servicePolicy}`)).toBe(false);
    await look();
    expect([verdict('10.1.0.1'), verdict('10.9.9.9')]).toEqual(['accept', 'drop']);
    expect((await drift()).present).toBeNull();
    expect(await holds('10.1.0.1')).toEqual([
      { from_version: 1, to_version: 1 },
      { from_version: 2, to_version: null },
    ]);
  });

  it('enforcement is switched off, globally and on the route domain', async () => {
    pipeline.device.device.enforceGlobally({ enforcedPolicy: null });
    pipeline.device.device.enforceOnRouteDomain('/shop/rd2', { enforcedPolicy: null });
    await look();
    expect(pipeline.device.device.state.globalRules.enforcedPolicy).toBe(globalPolicy);
    expect(pipeline.device.device.state.routeDomains.get('/shop/rd2')?.enforcedPolicy).toBe(
      '/shop/Shared/k8s_ns_policy_rd2',
    );
    expect((await audited()).map(({ name, before, after }) => [name, before, Object.keys(at(after)).length])).toEqual([
      ['shop', { 'the route domain /shop/rd2': '/shop/Shared/k8s_ns_policy_rd2' }, 4],
      ['Common', { 'the device globally': globalPolicy }, 4],
    ]);
  });

  it('promise 10: a global policy of somebody else is told, and never replaced', async () => {
    pipeline.device.device.put(policy({ path: '/Common/theirs', rules: [] }));
    pipeline.device.device.enforceGlobally({ enforcedPolicy: '/Common/theirs' });
    const before = declares();
    await look();
    await look();
    expect(pipeline.device.device.state.globalRules.enforcedPolicy).toBe('/Common/theirs');
    expect(declares()).toBe(before);
    expect(await audited()).toHaveLength(1);
    expect((await drift('Common')).present).toMatchObject({ action: 'report' });
  });

  it('drift: report tells it once, changes nothing, and hears when it is over', async () => {
    await configure('drift: report');
    changeSources('10.1.0.1', '10.66.6.6');
    const before = declares();
    await look();
    await look();
    expect(declares()).toBe(before);
    expect(verdict('10.66.6.6')).toBe('accept');
    expect(await audited()).toHaveLength(1);
    expect(await pipeline.status('web-to-bank')).toMatchObject({ phase: 'Failed' });
    expect(await programmed()).toMatchObject({ status: 'False', reason: 'Drifted' });
    expect((await drift()).present).toMatchObject({ action: 'report' });
    expect((await holds('10.1.0.2')).at(-1)?.to_version).not.toBeNull();
    changeSources('10.1.0.1', '10.1.0.2');
    await look();
    expect((await drift()).present).toBeNull();
    expect(await programmed()).toMatchObject({ status: 'True', reason: 'Restored' });
    expect((await holds('10.1.0.2')).map(({ to_version: end }) => end === null)).toEqual([false, true]);
    expect((await holds('10.66.6.6')).map(({ to_version: end }) => end === null)).toEqual([false]);
  });

  it('promise 6: another installation that writes our own objects is noticed and told, not fought', async () => {
    const theirs = stored();
    for (let round = 0; round < 5; round += 1) {
      await overwrite(theirs);
      await look();
    }
    const entries = await audited();
    expect(entries.map(({ after }) => after)).toMatchObject([
      { response: 'contested', by: 'as3' },
      { response: 'repair' },
      { response: 'repair' },
      { response: 'repair' },
    ]);
    expect(verdict('10.66.6.6')).toBe('accept');
    expect((await drift()).present).toMatchObject({ action: 'contested' });
    expect((await programmed())?.message).toContain('no longer repaired');
    // A withdrawal is not held up by it, and an operator can settle it.
    await pipeline.project(cluster.upsert(endpointSlice('web', pods.slice(1))));
    await pipeline.apply();
    expect(verdict('10.1.0.1')).toBe('drop');
    await overwrite(theirs);
    await look();
    expect((await drift()).present).toMatchObject({ action: 'contested' });
    const actor = { name: 'alice', origin: 'cli' };
    await new PostgresCommands(pipeline.source, systemClock).requestResync({
      device: 'bigip',
      tenants: ['shop'],
      actor,
    });
    await look();
    expect(verdict('10.66.6.6')).toBe('drop');
    expect(await drift()).toMatchObject({ present: null, repairs: 0 });
  });

  it('another writer of our objects is noticed also when a change of ours comes before the next look', async () => {
    await overwrite(stored());
    const third = webPod('web-3', '10.1.0.3');
    await pipeline.project(cluster.upsert(third, endpointSlice('web', [...pods, third])));
    await pipeline.apply();
    expect([verdict('10.66.6.6'), verdict('10.1.0.3')]).toEqual(['drop', 'accept']);
    expect((await audited())[0]).toMatchObject({ name: 'shop', after: { by: 'as3' } });
    await look();
    expect((await drift()).present).toBeNull();
  });

  it('a comparison that fails holds no change up', async () => {
    pipeline.device.faults.strikeRequests({
      method: 'POST',
      path: '/declare/',
      times: 1,
      effect: { kind: 'status', status: 500, body: { message: 'internal' } },
    });
    (await pipeline.cycleOf('worker-1')).forget();
    expect(await pipeline.apply()).toMatchObject({ type: 'done' });
    await pipeline.project(cluster.upsert(endpointSlice('web', pods.slice(0, 1))));
    expect(await pipeline.apply()).toMatchObject({ type: 'done', applied: 1 });
  });
});
