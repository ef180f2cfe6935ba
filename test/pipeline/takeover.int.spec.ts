import { policy } from '#apps/bigip-simulator/src/device/objects';
import { pollTask } from '#apply/poll';
import { compileTenant } from '#compile/compile-tenant';
import { requestFor } from '#compile/request';
import { requireConfiguration } from '#core/configuration-parser';
import { isJsonObject, type JsonObject } from '#core/json';
import { systemClock } from '#platform/clock';
import { PostgresCommands } from '#project/adapters/postgres-commands';
import { PostgresQueries } from '#project/adapters/postgres-queries';
import { NothingToApprove, TakeoverChanged } from '#project/ports/commands';
import { type TakeoverSummary } from '#project/ports/queries';
import { desiredRule, desiredTenant, destination } from '#testing/builders';
import { endpointSlice, externalService, namespace, pod, rule, service } from '#testing/observed';
import { ObservedCluster } from '#testing/observed-cluster';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { configurationText, Pipeline, preparedDevice } from './pipeline.js';

const asCes05 = configurationText.replace('layout: in-place\n', '');
const actor = { name: 'alice', origin: 'test' };
const signal = new AbortController().signal;

/** What another cluster's installation keeps in the same tenant. */
const foreign: JsonObject = {
  other_svc_web_ext_x_address: { class: 'Firewall_Address_List', addresses: ['203.0.113.9'] },
};

describe('a tenant that CES 0.5 filled', () => {
  let pipeline: Pipeline;
  let cluster: ObservedCluster;
  const web = pod('web-1', '10.1.0.1', { labels: { app: 'web' } });
  const bank = { destination: '198.51.100.7', protocol: 'tcp', port: 443, partition: 'shop' };
  const verdict = (source: string) => pipeline.device.evaluate({ ...bank, source }).action;

  /** The objects of the rule that is there still, and of one that was deleted while CES 0.5 was down: its fault 6. */
  const fill = async (): Promise<void> => {
    const rules = ['web-to-bank', 'deleted'].map((name, index) =>
      desiredRule({
        ...{ uid: name, name, namespace: 'shop', tenant: 'shop', prefixes: [`10.1.0.${String(index * 8 + 1)}`] },
        source: { type: 'service', namespace: 'shop', service: 'web' },
        destinations: [destination({ externalService: 'bank' })],
      }),
    );
    const desired = desiredTenant({ tenant: 'shop', configurations: [requireConfiguration(asCes05)], rules });
    const compiled = compileTenant({ desired, as3Version: '3.56.0', stored: null });
    const shared = compiled?.declaration['Shared'];
    if (compiled === null || !isJsonObject(shared)) throw new Error('nothing was compiled');
    const body = { ...compiled.declaration, Shared: { ...shared, ...foreign } };
    const device = pipeline.bigip();
    const answer = await device.declare('shop', requestFor(compiled, body), signal);
    if (answer.type !== 'accepted') throw new Error('AS3 did not accept it');
    const task = await pollTask(device, answer.task, systemClock, signal, () => undefined);
    expect(task).toMatchObject({ type: 'over', results: [{ code: 200 }] });
  };

  const begin = (configuration: string) =>
    pipeline.project(cluster.configuration(configuration), ...cluster.snapshotOfAll());
  const shop = async (): Promise<TakeoverSummary> => {
    const found = await new PostgresQueries(pipeline.source).takeovers('bigip');
    const [takeover] = found.filter(({ tenant }) => tenant === 'shop');
    if (takeover === undefined) throw new Error('nothing was found about the tenant');
    return takeover;
  };
  const approve = (digest: string) =>
    new PostgresCommands(pipeline.source, systemClock).approveTakeover({
      device: 'bigip',
      tenant: 'shop',
      digest,
      actor,
    });
  const declaresOfShop = () =>
    pipeline.device.requests.filter(
      ({ method, path }) => method === 'POST' && path.includes('/declare/shop') && !path.includes('dryRun'),
    );

  beforeEach(async () => {
    pipeline = await Pipeline.start({ device: preparedDevice });
    cluster = new ObservedCluster().add(
      namespace('shop'),
      service('web'),
      web,
      endpointSlice('web', [web]),
      externalService('bank'),
      rule('ServiceEgressRule', 'web-to-bank', { service: 'web' }),
    );
  });

  afterEach(async () => {
    await pipeline.stop();
  });

  it('promise 10: is not touched before somebody approves of exactly what was shown', async () => {
    await fill();
    await begin(asCes05);
    pipeline.device.clearRequests();
    await pipeline.apply();
    // Nor is it in any later pass.
    await pipeline.apply();
    expect(declaresOfShop()).toEqual([]);
    const { finding, done, approval } = await shop();
    expect({ done, approval, reason: finding.reason }).toEqual({
      done: false,
      approval: null,
      reason: 'FilledByAnotherController',
    });
    expect(finding.differences).toContain('- Firewall_Rule_List k8s_svc_shop_deleted_ext_bank_rule_list');
    expect(finding.effect.map(({ change, packets }) => `${change} ${packets.split(':')[0] ?? ''}`)).toEqual([
      'closed 10.1.0.9 -> 198.51.100.7 tcp/443',
    ]);
    await expect(approve('0'.repeat(64))).rejects.toThrow(TakeoverChanged);
    await approve(finding.digest);
    await pipeline.apply();
    expect([verdict('10.1.0.1'), verdict('10.1.0.9')]).toEqual(['accept', 'drop']);
    const stored = await pipeline.bigip().stored('shop', signal);
    expect(stored?.body['Shared']).toMatchObject(foreign);
    expect(await shop()).toMatchObject({ done: true, approval: { by: actor, holds: true } });
    await expect(approve(finding.digest)).rejects.toThrow(NothingToApprove);
  });

  it('has to be approved anew when what it would mean has changed since', async () => {
    await fill();
    await begin(asCes05);
    await pipeline.apply();
    await approve((await shop()).finding.digest);
    const second = pod('web-2', '10.1.0.2', { labels: { app: 'web' } });
    await pipeline.project(cluster.upsert(second, endpointSlice('web', [web, second])));
    pipeline.device.clearRequests();
    await pipeline.apply();
    expect(declaresOfShop()).toEqual([]);
    const { finding, approval } = await shop();
    expect(approval).toMatchObject({ holds: false });
    expect(finding.effect[0]).toMatchObject({ change: 'opened' });
    await approve(finding.digest);
    await pipeline.apply();
    expect(verdict('10.1.0.2')).toBe('accept');
  });

  it('is only looked at while the installation observes', async () => {
    await fill();
    await begin(`${asCes05}observe: true\ntakeover: automatic\n`);
    pipeline.device.clearRequests();
    await pipeline.apply();
    const written = pipeline.device.requests.filter(({ method }) => method !== 'GET');
    expect(written.map(({ method, path }) => `${method} ${path}`)).toEqual([]);
    const { finding } = await shop();
    expect(finding).toMatchObject({ reason: 'Observing', effect: [{ change: 'closed' }] });
    await approve(finding.digest);
    await pipeline.apply();
    expect(pipeline.device.requests.filter(({ method }) => method !== 'GET')).toEqual([]);
  });

  it('promise 1: moves to the in-place layout without opening anything on the way', async () => {
    await fill();
    await begin(`${asCes05}takeover: automatic\n`);
    await pipeline.apply();
    const sources = ['10.1.0.1', '10.1.0.2', '10.1.0.9', '203.0.113.5'];
    const seen = new Set<string>();
    pipeline.device.onDeviceState((state) => {
      const passing = sources.filter((source) => pipeline.device.evaluate({ ...bank, source }, state).reaches);
      seen.add(passing.join());
    });
    await pipeline.project(cluster.configuration(`${configurationText}takeover: automatic\n`));
    await pipeline.apply();
    expect([...seen]).toEqual(['10.1.0.1']);
    const stored = await pipeline.bigip().stored('shop', signal);
    const shared = stored?.body['Shared'];
    const classes = Object.values(isJsonObject(shared) ? shared : {}).map((object) =>
      isJsonObject(object) ? object['class'] : undefined,
    );
    expect(classes).not.toContain('Firewall_Rule_List');
    expect(shared).toMatchObject(foreign);
    // And back.
    await pipeline.project(cluster.configuration(`${asCes05}takeover: automatic\n`));
    await pipeline.apply();
    expect([...seen]).toEqual(['10.1.0.1']);
    expect((await pipeline.state.read('bigip', ['shop'])).tenants[0]?.desired.configurations).toMatchObject([
      { tenants: [{ layout: 'rule-lists' }, { layout: 'rule-lists' }] },
    ]);
  });

  it('promise 10: takeover: automatic never covers a partition that AS3 does not know and that is not empty', async () => {
    await pipeline.stop();
    const content = { ...preparedDevice.content, objects: [policy({ path: '/shop/by-hand' })] };
    pipeline = await Pipeline.start({ device: { content } });
    await begin(`${asCes05}takeover: automatic\n`);
    await pipeline.apply();
    const { finding } = await shop();
    expect(finding).toMatchObject({ reason: 'PartitionNotEmpty', objects: ['/shop/by-hand'] });
    await approve(finding.digest);
    await pipeline.apply();
    expect(await shop()).toMatchObject({ done: true });
    expect(verdict('10.1.0.1')).toBe('accept');
  });
});
