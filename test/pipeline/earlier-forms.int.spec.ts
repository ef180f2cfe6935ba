import { type ClusterObject } from '#core/objects';
import { lastPosition } from '#project/adapters/sql';
import { externalService, namespace, pod, rule } from '#testing/observed';
import { ObservedCluster } from '#testing/observed-cluster';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { configurationText, Pipeline } from './pipeline.js';

const labelled = (app: string, name: string, address: string) => pod(name, address, { labels: { app } });
const podsTo = (name: string, app: string, spec = {}) =>
  rule('PodEgressRule', name, { podSelector: { matchLabels: { app } }, externalServices: ['bank'], ...spec });
const twoRouteDomains = (shopIn: 'shop' | 'bank') => `${configurationText.replace(
  'namespaces: shop',
  `namespaces: "${shopIn === 'shop' ? 'shop' : ''}"`,
)}  - name: bank
    namespaces: "${shopIn === 'bank' ? 'shop' : ''}"
    routeDomain: { id: 3, name: rd3 }
`;

describe('rules that stand in an earlier form, because what became of them is refused', () => {
  let pipeline: Pipeline;
  let cluster: ObservedCluster;
  const web = labelled('web', 'web-1', '10.1.0.1');
  const second = labelled('web', 'web-2', '10.1.0.2');
  const late = labelled('web', 'web-3', '10.1.0.3');
  const api = labelled('api', 'api-1', '10.1.0.9');

  const verdict = (source: string, place: { readonly partition?: string; readonly routeDomain?: number } = {}) =>
    pipeline.device.evaluate({
      ...{ source, destination: '198.51.100.7', protocol: 'tcp', port: 443 },
      ...(place.routeDomain === undefined ? { partition: 'shop' } : place),
    }).action;
  /** The declaration is too large with it, so that the last good rules go on as a whole. */
  const tooLarge = (name: string) => {
    pipeline.device.faults.refuseObjects(
      new RegExp(`_${name}_`),
      '01070712:3: Value length exceeded (max:65520)',
      false,
    );
  };

  beforeEach(async () => {
    pipeline = await Pipeline.start({
      device: {
        content: {
          partitions: [{ name: 'shop' }, { name: 'bank' }],
          routeDomains: [
            { path: '/shop/rd2', id: 2 },
            { path: '/bank/rd3', id: 3 },
          ],
        },
      },
    });
    cluster = new ObservedCluster().add(
      ...[namespace('shop', { labels: { team: 'a' } }), web, second, api],
      externalService('bank', { addresses: ['198.51.100.7'] }),
    );
  });

  afterEach(async () => {
    await pipeline.stop();
  });

  const begin = async (...objects: readonly ClusterObject[]) => {
    cluster.add(...objects);
    await pipeline.project(cluster.configuration(twoRouteDomains('shop')), ...cluster.snapshotOfAll());
    await pipeline.apply();
  };

  it.each([
    ['ends', () => cluster.remove(web)],
    ['is labelled otherwise', () => cluster.upsert({ ...web, content: { ...web.content, labels: {} } })],
  ])('promise 2: a pod that they select %s, and its address leaves', async (_, change) => {
    await begin(podsTo('web', 'web'));
    tooLarge('big');
    await pipeline.project(
      cluster.together(cluster.upsert(podsTo('web', 'api'), podsTo('big', 'api')), cluster.remove(second)),
    );
    await pipeline.apply();
    expect([verdict('10.1.0.1'), verdict('10.1.0.2')]).toEqual(['accept', 'drop']);
    expect(await pipeline.projector.project(change())).toMatchObject({ dirty: 'bigip' });
    await pipeline.apply();
    expect(verdict('10.1.0.1')).toBe('drop');
    const before = { declares: pipeline.device.counters.declares, position: await lastPosition(pipeline.source) };
    await pipeline.apply();
    const after = { declares: pipeline.device.counters.declares, position: await lastPosition(pipeline.source) };
    expect(after).toEqual(before);
  });

  it('promise 2: a permission does not come to select pods that its author no longer means', async () => {
    await begin(podsTo('web', 'web'));
    tooLarge('big');
    await pipeline.project(
      cluster.together(cluster.upsert(podsTo('web', 'api'), podsTo('big', 'api')), cluster.remove(second)),
    );
    await pipeline.apply();
    await pipeline.project(cluster.upsert(late));
    await pipeline.apply();
    expect([verdict('10.1.0.1'), verdict('10.1.0.3')]).toEqual(['accept', 'drop']);
    const heir = labelled('web', 'web-4', '10.1.0.1');
    await pipeline.project(cluster.together(cluster.remove(web), cluster.upsert(heir)));
    await pipeline.apply();
    expect(verdict('10.1.0.1')).toBe('drop');
  });

  it('promise 1: a denial covers the pods that come', async () => {
    const denial = (app: string) => podsTo('denial', app, { action: 'drop', priority: 1 });
    await begin(podsTo('web', 'web'), podsTo('api', 'api'), denial('web'));
    expect([verdict('10.1.0.1'), verdict('10.1.0.9')]).toEqual(['drop', 'accept']);
    pipeline.device.faults.refuseObjects(/_denial_/, '01070734:3: Configuration error: refused');
    await pipeline.project(cluster.upsert(denial('api')));
    await pipeline.apply();
    expect([verdict('10.1.0.1'), verdict('10.1.0.9')]).toEqual(['drop', 'accept']);
    await pipeline.project(cluster.upsert(late));
    await pipeline.apply();
    expect(verdict('10.1.0.3')).toBe('drop');
  });

  it('promise 2: an address goes with its namespace to another route domain', async () => {
    const team = (name: string) =>
      rule('ClusterEgressRule', 'team', {
        ...{ action: 'accept-decisively', externalServices: ['out'] },
        namespaceSelector: { matchLabels: { team: name } },
      });
    const out = (name: string) => externalService(name, { addresses: ['198.51.100.7'] }, { namespace: 'kube-system' });
    await begin(out('out'), team('a'), podsTo('web', 'web'));
    tooLarge('big');
    await pipeline.project(
      cluster.upsert(team('b'), rule('ClusterEgressRule', 'big', { externalServices: ['out'] })),
      cluster.configuration(twoRouteDomains('bank')),
    );
    await pipeline.apply();
    expect(verdict('10.1.0.1', { routeDomain: 2 })).toBe('drop');
  });
});
