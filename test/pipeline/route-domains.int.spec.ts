import { type HttpEffect } from '#apps/bigip-simulator/src/faults/faults';
import { policy } from '#apps/bigip-simulator/src/device/objects';
import { type BigipSimulator } from '#apps/bigip-simulator/src/simulator';
import { clientOf } from '#apps/bigip-simulator/src/testing/client.spec';
import { type Layout } from '#core/configuration';
import { type JsonValue } from '#core/json';
import { externalService, namespace, pod, rule } from '#testing/observed';
import { ObservedCluster } from '#testing/observed-cluster';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { configurationText, Pipeline, preparedDevice } from './pipeline.js';

const layouts: readonly Layout[] = ['in-place', 'rule-lists'];
const directions = [
  { from: true, to: false },
  { from: false, to: true },
];

describe.each(layouts.flatMap((layout) => directions.map((direction) => ({ layout, ...direction }))))(
  'isSupportRouteDomain from $from to $to, in the layout $layout',
  ({ layout, from, to }) => {
    let pipeline: Pipeline;
    let cluster: ObservedCluster;

    const configured = (routeDomains: boolean) =>
      cluster.configuration(
        configurationText
          .replace('isSupportRouteDomain: true', `isSupportRouteDomain: ${routeDomains}`)
          .replace('layout: in-place', `layout: ${layout}`)
          .replace('name: Common', 'name: Common\n    namespaces: office'),
      );

    beforeEach(async () => {
      pipeline = await Pipeline.start({ device: preparedDevice });
      cluster = population(['office', 'shop']);
      await pipeline.project(configured(from), ...cluster.snapshotOfAll());
      expect(await pipeline.apply()).toMatchObject({ type: 'done' });
    });

    afterEach(async () => {
      await pipeline.stop();
    });

    const passing = (state = pipeline.device.device.state) =>
      packets.filter((packet) => pipeline.device.evaluate(packet, state).reaches).map(shown);
    /** What passed at some moment from now on. */
    const watch = (): Map<string, string> => {
      const seen = new Map<string, string>();
      pipeline.device.onDeviceState((state, { phase, command }) => {
        for (const packet of passing(state)) seen.set(packet, seen.get(packet) ?? `${phase} ${command}`);
      });
      return seen;
    };
    const beyond = (seen: ReadonlyMap<string, string>) => {
      const allowed = new Set([...expectedWith(true), ...expectedWith(false)]);
      return [...seen].filter(([packet]) => !allowed.has(packet));
    };
    /** The policies of Common. */
    const policies = () =>
      [...pipeline.device.device.state.objects.values()]
        .filter(({ kind, path }) => kind === 'policy' && path.startsWith('/Common/'))
        .map(({ path }) => path)
        .sort();
    const settled = async () => {
      const { tenants } = await pipeline.state.work('bigip');
      expect(tenants.map(({ desired }) => desired.tenant)).toEqual([]);
      for (const name of ['out', 'news', 'fence'])
        expect(await pipeline.status(name)).toMatchObject({ phase: 'Success' });
    };

    /** Passes of that worker until nothing is left. */
    const finish = async (worker: string): Promise<void> => {
      for (let passes = 0; passes < 4 && (await pipeline.apply(worker)).type !== 'done'; passes += 1);
    };

    it('promise 1: never lets pass what neither before nor after does, and needs no hand', async () => {
      expect(passing()).toEqual(expectedWith(from));
      const seen = watch();
      await pipeline.project(configured(to));
      expect(await pipeline.apply()).toMatchObject({ type: 'done' });
      await settled();
      expect(passing()).toEqual(expectedWith(to));
      expect(beyond(seen)).toEqual([]);
      expect(policies()).toEqual(policiesOf(to));
    });

    it.each(breaks)(
      'promise 1: the same where it is broken off %s, and gone on with by another',
      async (_, strikes) => {
        const seen = watch();
        await pipeline.project(configured(to));
        for (const [method, path, effect, times] of strikes)
          pipeline.device.faults.strikeRequests({ method, path, effect, times });
        expect(await pipeline.apply()).toMatchObject({ type: 'again' });
        pipeline.device.faults.clear();
        await pipeline.source.query('UPDATE device_lease SET expires_at = now() - make_interval(secs => 1)');
        await finish('worker-2');
        await settled();
        expect(passing()).toEqual(expectedWith(to));
        expect(beyond(seen)).toEqual([]);
        expect(policies()).toEqual(policiesOf(to));
      },
    );

    it('promise 1: the same where it is broken off and taken back', async () => {
      const seen = watch();
      await pipeline.project(configured(to));
      pipeline.device.faults.strikeRequests({ method: 'PATCH', path: place, effect: { kind: 'lose-answer' } });
      expect(await pipeline.apply()).toMatchObject({ type: 'again' });
      await pipeline.project(configured(from));
      await finish('worker-1');
      await settled();
      expect(passing()).toEqual(expectedWith(from));
      expect(beyond(seen)).toEqual([]);
    });

    it('promise 10: leaves what others have in the policies, also where it is broken off', async () => {
      await declareRuleOfOthers(pipeline.device, namesOf(from));
      await pipeline.project(configured(to));
      pipeline.device.faults.strikeRequests({ method: 'PATCH', path: place, effect: unavailable });
      expect(await pipeline.apply()).toMatchObject({ type: 'again' });
      await finish('worker-1');
      await settled();
      expect(passing()).toEqual(expectedWith(to));
      const stored = await pipeline.bigip().stored('Common', new AbortController().signal);
      for (const name of namesOf(to)) expect(stored?.body).toHaveProperty(['Shared', name, 'rules', 0], ruleOfOthers);
    });

    it('promise 10: never takes the place of a policy that somebody else enforces', async () => {
      pipeline.device.device.put(policy({ path: '/Common/theirs' }));
      pipeline.device.device.enforceOnRouteDomain('/Common/0', { enforcedPolicy: '/Common/theirs' });
      await pipeline.project(configured(to));
      await finish('worker-1');
      expect(pipeline.device.device.state.routeDomains.get('/Common/0')?.enforcedPolicy).toBe('/Common/theirs');
      expect(policies()).toEqual([...policiesOf(to), '/Common/theirs']);
    });
  },
);

it('promise 1: a tenant that gets another route domain leaves the one that it had, and opens neither', async () => {
  const routeDomains = [2, 3].map((id) => ({ path: `/shop/rd${id}`, id }));
  const pipeline = await Pipeline.start({ device: { content: { partitions: [{ name: 'shop' }], routeDomains } } });
  try {
    const cluster = population(['shop']);
    const reached = (state = pipeline.device.device.state) =>
      packets.filter((packet) => pipeline.device.evaluate(packet, state).reaches).map(shown);
    await pipeline.project(cluster.configuration(configurationText), ...cluster.snapshotOfAll());
    await pipeline.apply();
    const before = reached();
    const seen = new Set<string>();
    pipeline.device.onDeviceState((state) => {
      for (const packet of reached(state)) seen.add(packet);
    });
    await pipeline.project(cluster.configuration(configurationText.replace('id: 2, name: rd2', 'id: 3, name: rd3')));
    expect(await pipeline.apply()).toMatchObject({ type: 'done' });
    const after = reached();
    expect(before).toHaveLength(3);
    expect(after).toEqual(before.map((packet) => packet.replace('%2', '%3')));
    expect([...seen].filter((packet) => !before.includes(packet) && !after.includes(packet))).toEqual([]);
    const places = pipeline.device.device.state.routeDomains;
    expect(places.get('/shop/rd2')?.enforcedPolicy).toBeNull();
    expect(places.get('/shop/rd3')?.enforcedPolicy).toBe('/shop/Shared/k8s_ns_policy_rd3');
  } finally {
    await pipeline.stop();
  }
});

/** In each namespace a pod of the label and one without; rules of each kind that a namespace has. */
function population(namespaces: readonly string[]): ObservedCluster {
  const cluster = new ObservedCluster();
  for (const place of namespaces) {
    const network = place === 'shop' ? '10.1.1' : '10.1.0';
    cluster.add(
      namespace(place),
      pod('web', `${network}.1`, { labels: { app: 'web' } }, { namespace: place }),
      pod('job', `${network}.2`, {}, { namespace: place }),
      ...['bank', 'post', 'news'].map((name, host) =>
        externalService(name, { addresses: [destinations[host] ?? ''] }, { namespace: place }),
      ),
      rule('PodEgressRule', 'out', out, { namespace: place }),
      rule('NamespaceEgressRule', 'news', news, { namespace: place }),
      rule('NamespaceEgressRule', 'fence', fence, { namespace: place }),
    );
  }
  return cluster;
}

const declarePath = '/mgmt/shared/appsvcs/declare/Common';
const place = '/mgmt/tm/net/route-domain/~Common~0';
const passes: HttpEffect = { kind: 'slow', milliseconds: 0 };
const unavailable: HttpEffect = { kind: 'status', status: 503, body: { message: 'unavailable' } };

type Strike = readonly [method: string, path: string, effect: HttpEffect, times: number];
const breaks: readonly (readonly [string, readonly Strike[]])[] = [
  [
    'in the declaration that closes, and nobody hears what became of it',
    [['POST', declarePath, { kind: 'lose-answer' }, 1]],
  ],
  ['before the new policy is enforced', [['PATCH', place, unavailable, 1]]],
  ['as the new policy is enforced', [['PATCH', place, { kind: 'lose-answer' }, 1]]],
  ['before that is saved', [['POST', '/mgmt/tm/sys/config', unavailable, 1]]],
  [
    'before the old policy goes',
    [
      ['POST', declarePath, passes, 1],
      ['POST', declarePath, unavailable, 1],
    ],
  ],
];

const namesOf = (routeDomains: boolean) =>
  ['ns', 'svc'].map((scope) => `k8s_${scope}_policy_${routeDomains ? '0' : 'rd'}`);
const policiesOf = (routeDomains: boolean) =>
  [...namesOf(routeDomains), 'k8s_system_global_policy'].map((name) => `/Common/Shared/${name}`);

const ruleOfOthers = { name: 'theirs', action: 'drop', protocol: 'udp' };

/** Somebody else puts a rule before ours, through AS3. */
async function declareRuleOfOthers(device: BigipSimulator, names: readonly string[]): Promise<void> {
  const client = clientOf(device);
  const stored = (await client.get(declarePath)).body as { Common: { Shared: Record<string, { rules: JsonValue[] }> } };
  for (const name of names) stored.Common.Shared[name]?.rules.unshift(ruleOfOthers);
  expect(await client.post(declarePath, stored)).toMatchObject({ status: 200 });
}

const [news, fence] = [
  { action: 'accept-decisively', externalServices: ['news'] },
  { action: 'drop', externalServices: ['post'] },
];
const out = { podSelector: { matchLabels: { app: 'web' } }, externalServices: ['bank', 'post'] };
const destinations = ['198.51.100.7', '198.51.100.8', '198.51.100.9'];

interface TestPacket {
  readonly source: string;
  readonly routeDomain: number;
  readonly destination: string;
  readonly protocol: string;
  readonly port: number;
}

const packets: readonly TestPacket[] = [0, 2, 3].flatMap((routeDomain) =>
  ['10.1.0.1', '10.1.0.2', '10.1.1.1', '10.1.1.2', '10.9.9.9'].flatMap((source) =>
    destinations.map((destination) => ({ source, routeDomain, destination, protocol: 'tcp', port: 443 })),
  ),
);

const shown = ({ source, routeDomain, destination }: TestPacket) => `${source}%${routeDomain} ${destination}`;

/** Pods of the label reach the bank, all reach the news, nobody the post; the shop in its own route domain or not. */
const expectedWith = (routeDomains: boolean) =>
  packets
    .filter(({ source, routeDomain, destination }) => {
      const place = source.startsWith('10.1.0.') ? 0 : source.startsWith('10.1.1.') && routeDomains ? 2 : 0;
      if (routeDomain !== place || source === '10.9.9.9') return false;
      return destination === destinations[2] || (destination === destinations[0] && source.endsWith('.1'));
    })
    .map(shown);
