import { KubeConfig } from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from '#testing/wait-for';
import { podManifest } from '#testing/watch/manifests';
import { watchContract } from '#testing/watch/watch-contract';
import { useWatchFixture } from '#testing/watch/watch-fixture';
import { type WatchedCluster } from '#testing/watch/watched-cluster';
import { ApiServer } from './api-server.js';
import { Cluster, manifestOf } from './cluster.js';
import { Kubectl } from './kubectl.js';

let server: ApiServer;
let cluster: Cluster;

beforeAll(async () => {
  server = await ApiServer.start();
  const kubectl = await Kubectl.as(server.kubeconfig());
  await kubectl.run(['apply', '-k', 'k8s/base/crds']);
  await kubectl.run(['wait', '--for=condition=Established', 'crd', '--all']);
  await kubectl.close();
  cluster = new Cluster(server);
});

afterAll(async () => {
  cluster.close();
  await server.close();
});

/** The same API server for every test; its namespace `shop` begins empty each time. */
async function emptied(): Promise<WatchedCluster> {
  await cluster.createNamespace('shop');
  for (const kind of ['Pod', 'Service', 'PodEgressRule']) await cluster.removeAll(kind, 'shop');
  const config = new KubeConfig();
  config.loadFromString(server.kubeconfig());
  return {
    config,
    apply: (object) => cluster.apply(manifestOf(object)),
    remove: (kind, namespace, name) => cluster.remove(kind, namespace, name),
    close: () => Promise.resolve(),
  };
}

watchContract('a real API server', emptied);

describe('a list from a real API server', () => {
  const fixture = useWatchFixture(emptied);

  it('promise 3: is the truth, also when history is compacted between two of its pages', async () => {
    for (const number of [1, 2, 3, 4, 5]) await fixture.env.apply(podManifest(`web-${number}`));
    fixture.sink.close();
    const { metrics } = fixture.start();
    await waitFor(async () => {
      expect(await metrics.render()).toContain('ces_watch_lists_total{kind="Pod",reason="first-start",app="test"} 1');
    });
    await fixture.env.remove('Pod', 'shop', 'web-5');
    await server.compact();
    fixture.sink.open();
    await fixture.seen('web-1', 'web-2', 'web-3', 'web-4');
    expect(fixture.sink.checkpoint('Pod')?.gap).toBe(false);
  });
});
