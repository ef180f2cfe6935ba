import { endpointSlice, externalService, namespace, pod, rule, service } from '#testing/observed';
import { ObservedCluster } from '#testing/observed-cluster';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { configurationText, Pipeline, preparedDevice } from './pipeline.js';

const webPod = (name: string, address: string) => pod(name, address, { labels: { app: 'web' } });
const to = (name: string, address: string) => externalService(name, { addresses: [address] });
const webTo = (name: string, spec = {}, overrides = {}) =>
  rule('ServiceEgressRule', `web-to-${name}`, { service: 'web', externalServices: [name], ...spec }, overrides);

describe('promise 8: one bad rule stops only itself', () => {
  let pipeline: Pipeline;
  let cluster: ObservedCluster;
  const first = webPod('web-1', '10.1.0.1');

  const verdict = (destination: string, source = '10.1.0.1') =>
    pipeline.device.evaluate({ source, destination, protocol: 'tcp', port: 443, partition: 'shop' }).action;
  const declares = async (work: () => Promise<unknown>) => {
    const before = pipeline.device.counters.declares;
    await work();
    return pipeline.device.counters.declares - before;
  };
  const phase = async (name: string) => (await pipeline.status(name)).phase;
  const programmed = async (name: string) => (await pipeline.status(name)).conditions[1];

  const quarantine = (): Promise<unknown[]> =>
    pipeline.source.query(
      `SELECT rule_uid AS uid, tries, message, round(extract(epoch FROM retry_at - since) / 60)::integer AS wait
       FROM quarantine`,
    );
  const heldBy = async (name: string) => {
    const rows: { prefix: string }[] = await pipeline.source.query(
      'SELECT prefix FROM grant_hold WHERE rule_uid = $1 AND to_version IS NULL',
      [webTo(name.replace('web-to-', '')).uid],
    );
    return rows.map(({ prefix }) => prefix);
  };
  const takeOver = () => pipeline.source.query('UPDATE device_lease SET expires_at = now() - make_interval(secs => 1)');
  /** So many external services, 203.0.113.0 and on, each with a rule of its own. */
  const many = (count: number) =>
    Array.from({ length: count }, (_, index) =>
      cluster.upsert(to(`s${index}`, `203.0.113.${index}`), webTo(`s${index}`)),
    );

  beforeEach(async () => {
    pipeline = await Pipeline.start({ device: preparedDevice });
    cluster = new ObservedCluster().add(
      ...[namespace('shop'), service('web'), first, endpointSlice('web', [first])],
      ...[to('bank', '198.51.100.7'), webTo('bank')],
    );
    await pipeline.project(cluster.configuration(configurationText), ...cluster.snapshotOfAll());
    await pipeline.apply();
  });

  afterEach(async () => {
    await pipeline.stop();
  });

  it('that the device names: it is held out, the rest is applied, and its owner reads the device’s words', async () => {
    pipeline.device.faults.refuseObjects(/_web-to-bad_/, '01070734:3: Configuration error: refused');
    await pipeline.project(
      cluster.upsert(to('bad', '198.51.100.66'), webTo('bad'), to('mail', '198.51.100.25'), webTo('mail')),
    );
    expect(await declares(() => pipeline.apply())).toBe(2);
    expect([verdict('198.51.100.66'), verdict('198.51.100.25')]).toEqual(['drop', 'accept']);
    expect([await phase('web-to-bad'), await phase('web-to-mail')]).toEqual(['Quarantined', 'Success']);
    expect((await programmed('web-to-bad'))?.message).toContain('01070734:3: Configuration error: refused');
    expect(await declares(() => pipeline.apply())).toBe(0);
  });

  it('that the device does not name: found among many by declaring some of them, each time with all that is good', async () => {
    pipeline.device.faults.refuseObjects(/_web-to-s11_/, '01070734:3: Configuration error', false);
    await pipeline.project(cluster.together(...many(16)));
    expect(await declares(() => pipeline.apply())).toBeLessThanOrEqual(Math.log2(16) + 2);
    const verdicts = Array.from({ length: 16 }, (_, index) => verdict(`203.0.113.${index}`));
    expect(verdicts.filter((action) => action === 'accept')).toHaveLength(15);
    expect(verdicts[11]).toBe('drop');
    expect([await phase('web-to-s11'), await phase('web-to-s12'), await phase('web-to-bank')]).toEqual([
      'Quarantined',
      'Success',
      'Success',
    ]);
    expect(await heldBy('web-to-s11')).toEqual([]);
    expect(await heldBy('web-to-s12')).toEqual(['10.1.0.1']);
  });

  it('that AS3 itself refuses: found by dry runs, of which the device sees nothing', async () => {
    pipeline.device.faults.invalidateItems(/_web-to-s2_/, 'must match pattern', false);
    await pipeline.project(cluster.together(...many(8)));
    pipeline.device.clearRequests();
    await pipeline.apply();
    const posts = pipeline.device.requests.filter(({ method, path }) => method === 'POST' && path.endsWith('/shop'));
    expect(posts.length).toBeLessThanOrEqual(Math.log2(8) + 2);
    const attempts: unknown[] = await pipeline.source.query(
      `SELECT purpose, outcome FROM apply_attempt WHERE tenant = 'shop' AND version > 1 ORDER BY id`,
    );
    expect(attempts).toEqual([
      { purpose: 'change', outcome: 'refused' },
      { purpose: 'change', outcome: 'applied' },
    ]);
    expect([verdict('203.0.113.2'), verdict('203.0.113.3')]).toEqual(['drop', 'accept']);
    expect((await programmed('web-to-s2'))?.message).toContain('must match pattern');
  });

  it('stays held out, for another worker too, until it changes; what it refers to counts', async () => {
    pipeline.device.faults.refuseObjects(/_web-to-bad_/, '01070734:3: Configuration error: refused');
    await pipeline.project(cluster.upsert(to('bad', '198.51.100.66'), webTo('bad')));
    await pipeline.apply();
    await takeOver();
    await pipeline.project(cluster.upsert(to('mail', '198.51.100.25'), webTo('mail')));
    expect(await declares(() => pipeline.apply('worker-2'))).toBe(1);
    expect([await phase('web-to-bad'), await phase('web-to-mail')]).toEqual(['Quarantined', 'Success']);
    pipeline.device.faults.clear();
    await pipeline.project(cluster.upsert(to('bad', '198.51.100.67')));
    expect(await phase('web-to-bad')).toBe('Syncing');
    expect(await declares(() => pipeline.apply('worker-2'))).toBe(1);
    expect([await phase('web-to-bad'), verdict('198.51.100.67')]).toEqual(['Success', 'accept']);
    expect(await quarantine()).toEqual([]);
  });

  it('is tried again from time to time, ever more rarely', async () => {
    pipeline.device.faults.refuseObjects(/_web-to-bad_/, '01070734:3: Configuration error: refused');
    await pipeline.project(cluster.upsert(to('bad', '198.51.100.66'), webTo('bad')));
    await pipeline.apply();
    expect(await quarantine()).toMatchObject([{ tries: 1, wait: 10 }]);
    await pipeline.source.query('UPDATE quarantine SET retry_at = now()');
    expect(await declares(() => pipeline.apply())).toBe(1);
    expect(await quarantine()).toMatchObject([{ tries: 2 }]);
    expect(await declares(() => pipeline.apply())).toBe(0);
    pipeline.device.faults.clear();
    await pipeline.source.query('UPDATE quarantine SET retry_at = now()');
    expect(await declares(() => pipeline.apply())).toBe(1);
    expect([await phase('web-to-bad'), verdict('198.51.100.66')]).toEqual(['Success', 'accept']);
  });

  it('does not hold up withdrawals, neither while it is looked for nor afterwards', async () => {
    pipeline.device.faults.refuseObjects(/_web-to-s1_/, '01070734:3: Configuration error', false);
    const second = webPod('web-2', '10.1.0.2');
    await pipeline.project(
      cluster.together(...many(4), cluster.upsert(second, endpointSlice('web', [second])), cluster.remove(first)),
    );
    const stale: string[] = [];
    let applied = false;
    pipeline.device.onDeviceState((state) => {
      const packet = { source: '10.1.0.1', destination: '198.51.100.7', protocol: 'tcp', port: 443, partition: 'shop' };
      const { action } = pipeline.device.evaluate(packet, state);
      if (applied && action === 'accept') stale.push(action);
      applied ||= action !== 'accept';
    });
    await pipeline.apply();
    expect([verdict('198.51.100.7'), verdict('198.51.100.7', '10.1.0.2'), stale]).toEqual(['drop', 'accept', []]);
    expect(verdict('203.0.113.0', '10.1.0.2')).toBe('accept');
    expect(await phase('web-to-s1')).toBe('Quarantined');
  });

  it('is nobody’s when another writer comes in between, and when the device refuses whatever changes', async () => {
    pipeline.device.faults.failTenant('shop', { message: '01070734:3: disk full' });
    await pipeline.project(cluster.together(...many(12)));
    await pipeline.apply();
    expect(await quarantine()).toEqual([]);
    expect(await programmed('web-to-s0')).toMatchObject({ reason: 'Refused', status: 'False' });
    pipeline.device.faults.clear();
    await pipeline.project(cluster.upsert(to('mail', '198.51.100.25'), webTo('mail')));
    const lock = { code: 422, message: 'The hash you submitted does not match the hash on the current Tenant.' };
    const answer = { kind: 'status', status: 422, body: { results: [{ ...lock, tenant: 'shop' }] } } as const;
    pipeline.device.faults.strikeRequests({
      method: 'POST',
      path: '/mgmt/shared/appsvcs/declare/shop',
      effect: answer,
    });
    await pipeline.apply();
    expect([await quarantine(), await phase('web-to-mail'), await phase('web-to-s0')]).toEqual([
      [],
      'Success',
      'Success',
    ]);
  });

  it('promise 1: a denial that is refused keeps its last accepted form', async () => {
    const deny = (address: string) => to('bank-too', address);
    const denial = webTo('bank-too', { action: 'drop', priority: 1 });
    await pipeline.project(cluster.upsert(deny('198.51.100.0/28'), denial));
    await pipeline.apply();
    expect(verdict('198.51.100.7')).toBe('drop');
    pipeline.device.faults.refuseObjects(/_web-to-bank-too_/, '01070734:3: Configuration error', false);
    await pipeline.project(cluster.upsert(deny('198.51.100.128/28')));
    await pipeline.apply();
    expect([verdict('198.51.100.7'), await phase('web-to-bank-too')]).toEqual(['drop', 'Quarantined']);
    const other = webPod('web-2', '10.1.0.2');
    await pipeline.project(cluster.upsert(other, endpointSlice('web', [first, other])));
    await pipeline.apply();
    expect(verdict('198.51.100.7', '10.1.0.2')).toBe('drop');
  });

  it('promise 1: a denial that never had one holds back what it was meant to restrict, and nothing else', async () => {
    pipeline.device.faults.refuseObjects(/_web-to-hole_/, '01070734:3: Configuration error', false);
    const wide = externalService('net', { addresses: ['203.0.113.0/24'] });
    const opened: string[] = [];
    pipeline.device.onDeviceState((state) => {
      const packet = { source: '10.1.0.1', destination: '203.0.113.9', protocol: 'tcp', port: 443, partition: 'shop' };
      opened.push(pipeline.device.evaluate(packet, state).action);
    });
    await pipeline.project(
      cluster.together(
        cluster.upsert(wide, webTo('net'), to('hole', '203.0.113.9'), webTo('hole', { action: 'drop', priority: 1 })),
        cluster.upsert(to('mail', '198.51.100.25'), webTo('mail')),
      ),
    );
    await pipeline.apply();
    expect(new Set(opened)).toEqual(new Set(['drop']));
    expect([verdict('203.0.113.9'), verdict('203.0.113.8'), verdict('198.51.100.25')]).toEqual([
      'drop',
      'drop',
      'accept',
    ]);
    expect([await phase('web-to-hole'), await phase('web-to-mail')]).toEqual(['Quarantined', 'Success']);
    expect(await programmed('web-to-net')).toMatchObject({ status: 'False', reason: 'DenialRefused' });
    pipeline.device.faults.clear();
    await pipeline.source.query('UPDATE quarantine SET retry_at = now()');
    await pipeline.apply();
    expect([verdict('203.0.113.9'), verdict('203.0.113.8')]).toEqual(['drop', 'accept']);
    expect(await phase('web-to-net')).toBe('Success');
  });

  it('that is the first and the only one of its tenant: its owner is told, and it is tried again', async () => {
    await pipeline.stop();
    pipeline = await Pipeline.start({ device: preparedDevice });
    pipeline.device.faults.refuseObjects(/_web-to-bank_/, '01070734:3: Configuration error: refused');
    await pipeline.project(cluster.configuration(configurationText), ...cluster.snapshotOfAll());
    await pipeline.apply();
    expect(await phase('web-to-bank')).toBe('Quarantined');
    expect(await quarantine()).toMatchObject([{ tries: 1 }]);
    pipeline.device.faults.clear();
    await pipeline.source.query('UPDATE quarantine SET retry_at = now()');
    await pipeline.apply();
    expect([await phase('web-to-bank'), verdict('198.51.100.7')]).toEqual(['Success', 'accept']);
  });

  it('in Common, where a declaration is not atomic: changes go in one at a time', async () => {
    const all = (name: string) => rule('ClusterEgressRule', `all-to-${name}`, { externalServices: [name] });
    const service = (name: string, address: string) =>
      externalService(name, { addresses: [address] }, { namespace: 'kube-system' });
    await pipeline.project(cluster.upsert(service('dns', '203.0.113.53'), all('dns')));
    await pipeline.apply();
    pipeline.device.faults.refuseObjects(/_all-to-s1_/, '01070734:3: Configuration error', false);
    const names = ['s0', 's1', 's2', 's3'];
    await pipeline.project(
      cluster.together(...names.map((name, index) => cluster.upsert(service(name, `203.0.113.${index}`), all(name)))),
    );
    await pipeline.apply();
    const phases = await Promise.all(names.map((name) => phase(`all-to-${name}`)));
    expect(phases).toEqual(['Success', 'Quarantined', 'Success', 'Success']);
    const added: { count: number }[] = await pipeline.source.query(
      `SELECT rule_count AS count FROM apply_attempt WHERE tenant = 'Common' AND purpose = 'isolation' ORDER BY id`,
    );
    expect(added.every(({ count }, index) => count - (added[index - 1]?.count ?? 1) <= 1)).toBe(true);
  });
});
