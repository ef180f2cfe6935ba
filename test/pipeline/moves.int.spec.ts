import { type HttpEffect } from '#apps/bigip-simulator/src/faults/faults';
import { virtualServer } from '#apps/bigip-simulator/src/device/objects';
import { systemClock } from '#platform/clock';
import { PostgresCommands } from '#project/adapters/postgres-commands';
import { externalService, namespace, pod, rule } from '#testing/observed';
import { ObservedCluster } from '#testing/observed-cluster';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Pipeline } from './pipeline.js';

/** Two tenants, each with a route domain of its own, and the namespaces that are listed under each. */
const configured = (shop: string, books: string) => `
clusterName: k8s
layout: in-place
isSupportRouteDomain: true
schemaVersion: "3.56.0"
tenant:
  - name: Common
    gwPool: { serverAddresses: ["192.0.2.1"] }
  - name: shop
    namespaces: "${shop}"
    routeDomain: { id: 2, name: rd2 }
    gwPool: { serverAddresses: ["192.0.2.1"] }
  - name: books
    namespaces: "${books}"
    routeDomain: { id: 3, name: rd3 }
    gwPool: { serverAddresses: ["192.0.2.1"] }
`;

const content = {
  partitions: [{ name: 'shop' }, { name: 'books' }, { name: 'cellar' }],
  objects: [virtualServer({ path: '/cellar/theirs' })],
  routeDomains: [
    { path: '/shop/rd2', id: 2 },
    { path: '/books/rd3', id: 3 },
  ],
};

const bank = { destination: '198.51.100.7', protocol: 'tcp', port: 443 };
const out = (place: string) =>
  rule('PodEgressRule', 'out', { podSelector: { matchLabels: { app: 'web' } } }, { namespace: place });
const web = (place: string, address: string) =>
  pod(`web-${address}`, address, { labels: { app: 'web' } }, { namespace: place });
const refusal = '01070712:3: Values specified for Data Group Record exceed the maximum length: 70000, max:65520';

describe('tenants that have to move together', () => {
  let pipeline: Pipeline;
  let cluster: ObservedCluster;
  const [shopPod, booksPod] = [web('shop', '10.1.0.1'), web('books', '10.1.0.2')];

  beforeEach(async () => {
    pipeline = await Pipeline.start({ device: { content } });
    cluster = new ObservedCluster().add(
      ...[namespace('shop'), namespace('books'), shopPod, booksPod, out('shop'), out('books')],
      ...[externalService('bank'), externalService('bank', {}, { namespace: 'books' })],
    );
    await pipeline.project(cluster.configuration(configured('shop', 'books')), ...cluster.snapshotOfAll());
    await pipeline.apply('worker-1');
    expect([...tenantsOf('10.1.0.1'), ...tenantsOf('10.1.0.2')]).toEqual(['shop', 'books']);
  });

  afterEach(async () => {
    await pipeline.stop();
  });

  /** The tenants whose policies let an address out. */
  function tenantsOf(source: string, state = pipeline.device.device.state): string[] {
    return ['shop', 'books'].filter((partition) =>
      pipeline.device.evaluate({ ...bank, source, partition }, state).action.startsWith('accept'),
    );
  }

  /** Addresses that two tenants let out at the same moment, from now on, and what had been done then. */
  function watchForBoth(sources: readonly string[]): string[] {
    const both: string[] = [];
    pipeline.device.onDeviceState((state, { command }) => {
      for (const source of sources) if (tenantsOf(source, state).length > 1) both.push(`${source} after ${command}`);
    });
    return both;
  }

  const attempts = (after: number) =>
    pipeline.source.query<{ text: string }[]>(
      `SELECT concat_ws(' ', tenant, purpose, coalesce(outcome, 'open')) AS text FROM apply_attempt
       WHERE id > $1 ORDER BY id`,
      [after],
    );
  const lastAttempt = async () => {
    const [row] = await pipeline.source.query<{ id: string | null }[]>('SELECT max(id) AS id FROM apply_attempt');
    return Number(row?.id ?? 0);
  };
  const dirty = async () => (await pipeline.state.work('bigip')).tenants.map(({ desired }) => desired.tenant);
  const expire = () => pipeline.source.query('UPDATE device_lease SET expires_at = now() - make_interval(secs => 1)');
  const moveShop = () => pipeline.project(cluster.configuration(configured('', 'books,shop')));
  const heldBy = async (address: string) =>
    (
      await pipeline.source.query<{ tenant: string }[]>(
        'SELECT DISTINCT tenant FROM grant_hold WHERE prefix = $1 AND to_version IS NULL',
        [address],
      )
    ).map(({ tenant }) => tenant);

  describe('because they exchange addresses', () => {
    const exchange = () =>
      pipeline.project(
        cluster.together(
          ...[cluster.remove(shopPod), cluster.remove(booksPod)],
          cluster.upsert(web('shop', '10.1.0.2'), web('books', '10.1.0.1')),
        ),
      );

    it('promise 2: one of them withdraws first, and no address stands in both at any moment', async () => {
      const [both, before] = [watchForBoth(['10.1.0.1', '10.1.0.2']), await lastAttempt()];
      await exchange();
      expect(await pipeline.apply('worker-1')).toMatchObject({ type: 'done' });
      expect(both).toEqual([]);
      expect([tenantsOf('10.1.0.1'), tenantsOf('10.1.0.2')]).toEqual([['books'], ['shop']]);
      expect(await dirty()).toEqual([]);
      expect((await attempts(before)).map(({ text }) => text)).toEqual([
        'books interim applied',
        'shop change applied',
        'books change applied',
      ]);
      expect([await heldBy('10.1.0.1'), await heldBy('10.1.0.2')]).toEqual([['books'], ['shop']]);
      expect(await pipeline.status('out')).toMatchObject({ phase: 'Success', addresses: 1 });
    });

    it('promise 2: withdrawals go on though the other tenant is refused, and nothing is granted before its turn', async () => {
      const both = watchForBoth(['10.1.0.1', '10.1.0.2']);
      pipeline.device.faults.failTenant('shop', { message: refusal });
      await exchange();
      await pipeline.apply('worker-1');
      expect(both).toEqual([]);
      // What shop may not let out any more, it still does: the device refuses every change of it.
      expect([tenantsOf('10.1.0.1'), tenantsOf('10.1.0.2')]).toEqual([['shop'], []]);
      pipeline.device.faults.clear();
      await pipeline.project(cluster.upsert(web('shop', '10.1.0.9')));
      await pipeline.apply('worker-1');
      expect(both).toEqual([]);
      expect([tenantsOf('10.1.0.1'), tenantsOf('10.1.0.2')]).toEqual([['books'], ['shop']]);
      expect(await dirty()).toEqual([]);
    });
  });

  it('promise 9: who has to wait for another tenant is not declared again and again, though a resync was asked for', async () => {
    const plain = rule('NamespaceEgressRule', 'plain', {}, { namespace: 'books' });
    await pipeline.project(cluster.upsert(plain));
    await pipeline.apply('worker-1');
    pipeline.device.faults.failTenant('shop', { message: refusal });
    await pipeline.project(
      cluster.together(cluster.remove(shopPod), cluster.remove(plain), cluster.upsert(web('books', '10.1.0.1'))),
    );
    const actor = { name: 'ann', origin: 'test' };
    const commands = new PostgresCommands(pipeline.source, systemClock);
    await commands.requestResync({ device: 'bigip', tenants: ['books'], actor });
    const before = await lastAttempt();
    await pipeline.apply('worker-1');
    const declared = (await attempts(before)).map(({ text }) => text).filter((text) => text.startsWith('books'));
    expect(declared).toEqual([]);
    expect(tenantsOf('10.1.0.1')).toEqual(['shop']);
  });

  describe('because two namespaces change places', () => {
    const changePlaces = () => pipeline.project(cluster.configuration(configured('books', 'shop')));

    it('promise 2: each withdraws before the other grants, and both are settled together', async () => {
      const both = watchForBoth(['10.1.0.1', '10.1.0.2']);
      await changePlaces();
      await pipeline.apply('worker-1');
      expect(both).toEqual([]);
      expect([tenantsOf('10.1.0.1'), tenantsOf('10.1.0.2')]).toEqual([['books'], ['shop']]);
      expect(await dirty()).toEqual([]);
    });

    it.each(['shop', 'books'])('promise 7: both go back when %s is refused', async (refused) => {
      const both = watchForBoth(['10.1.0.1', '10.1.0.2']);
      // The device refuses the rule of the namespace that comes, and of nothing else.
      pipeline.device.faults.refuseObjects(
        new RegExp(`${refused}.*_pod_${refused === 'shop' ? 'books' : 'shop'}_out`),
        refusal,
        false,
      );
      await changePlaces();
      await pipeline.apply('worker-1');
      expect(both).toEqual([]);
      expect([tenantsOf('10.1.0.1'), tenantsOf('10.1.0.2')]).toEqual([['shop'], ['books']]);
      expect([await heldBy('10.1.0.1'), await heldBy('10.1.0.2')]).toEqual([['shop'], ['books']]);
      expect((await dirty()).sort()).toEqual(['books', 'shop']);
    });
  });

  describe('because a namespace goes from one to the other', () => {
    it('promise 1: the one withdraws before the other grants, and both are settled together', async () => {
      const [both, before] = [watchForBoth(['10.1.0.1']), await lastAttempt()];
      await moveShop();
      expect(await pipeline.apply('worker-1')).toMatchObject({ type: 'done' });
      expect(both).toEqual([]);
      expect([tenantsOf('10.1.0.1'), tenantsOf('10.1.0.2')]).toEqual([['books'], ['books']]);
      expect(await dirty()).toEqual([]);
      expect((await attempts(before)).map(({ text }) => text)).toEqual([
        'shop interim applied',
        'books interim applied',
      ]);
      expect(await heldBy('10.1.0.1')).toEqual(['books']);
    });

    it('promise 7: a refusal half-way puts the rules back where they stood, with today’s addresses', async () => {
      const [both, before] = [watchForBoth(['10.1.0.1', '10.1.0.7']), await lastAttempt()];
      pipeline.device.faults.failTenant('books', { message: refusal });
      await moveShop();
      await pipeline.apply('worker-1');
      expect(tenantsOf('10.1.0.1')).toEqual(['shop']);
      expect(await heldBy('10.1.0.1')).toEqual(['shop']);
      expect((await attempts(before)).map(({ text }) => text)).toEqual([
        'shop interim applied',
        'books interim refused',
        'shop put-back applied',
      ]);
      // It stays there, and follows the pods, without the other one being tried again and again.
      await pipeline.project(cluster.together(cluster.remove(shopPod), cluster.upsert(web('shop', '10.1.0.7'))));
      await pipeline.apply('worker-1');
      expect([tenantsOf('10.1.0.1'), tenantsOf('10.1.0.7')]).toEqual([[], ['shop']]);
      const declares = pipeline.device.counters.declares;
      await pipeline.apply('worker-1');
      expect(pipeline.device.counters.declares).toBe(declares);
      expect((await dirty()).sort()).toEqual(['books', 'shop']);
      // A resync is a reason to try it once more.
      pipeline.device.faults.clear();
      await pipeline.project(cluster.upsert(web('books', '10.1.0.8')));
      await pipeline.apply('worker-1');
      expect(both).toEqual([]);
      expect([tenantsOf('10.1.0.7'), tenantsOf('10.1.0.8')]).toEqual([['books'], ['books']]);
      expect(await dirty()).toEqual([]);
    });

    it('promise 7: nothing is withdrawn where it is known that the other tenant must not be touched', async () => {
      const elsewhere = configured('', 'books').concat(
        '  - name: cellar\n    namespaces: shop\n    routeDomain: { id: 4, name: rd4 }\n',
        '    gwPool: { serverAddresses: ["192.0.2.1"] }\n',
      );
      const seen = new Set<string>();
      pipeline.device.onDeviceState((state) => seen.add(tenantsOf('10.1.0.1', state).join()));
      await pipeline.project(cluster.configuration(elsewhere));
      await pipeline.apply('worker-1');
      expect([...seen, tenantsOf('10.1.0.1').join()]).toEqual(['shop']);
    });

    const unavailable: HttpEffect = { kind: 'status', status: 503, body: { message: 'unavailable' } };
    const lost: HttpEffect = { kind: 'lose-answer' };
    const deaths = [0, 1, 2].flatMap((declaration) =>
      (
        [
          ['before', unavailable],
          ['in', lost],
        ] as const
      ).map(([when, effect]) => [when, declaration, effect] as const),
    );

    it.each(deaths)(
      'promise 7: a worker that dies %s declaration %i leaves a move that the next one ends',
      async (...how) => {
        const [, declaration, effect] = how;
        const both = watchForBoth(['10.1.0.1']);
        const refuses = declaration === 2;
        if (refuses) pipeline.device.faults.failTenant('books', { message: refusal });
        const path = '/mgmt/shared/appsvcs/declare';
        const passes: HttpEffect = { kind: 'slow', milliseconds: 0 };
        if (declaration > 0) {
          pipeline.device.faults.strikeRequests({ method: 'POST', path, effect: passes, times: declaration });
        }
        pipeline.device.faults.strikeRequests({ method: 'POST', path, effect });
        await moveShop();
        expect(await pipeline.apply('worker-1')).toMatchObject({ type: 'again' });
        await expire();
        await pipeline.apply('worker-2');
        expect(tenantsOf('10.1.0.1')).toEqual([refuses ? 'shop' : 'books']);
        expect(await heldBy('10.1.0.1')).toEqual([refuses ? 'shop' : 'books']);
        expect(both).toEqual([]);
        expect(await pipeline.log.openAttempts('bigip')).toEqual([]);
        if (refuses) return;
        expect(await dirty()).toEqual([]);
      },
    );
  });
});
