import { KubeConfig } from '@kubernetes/client-node';
import { afterAll, beforeAll } from 'vitest';
import { watchContract } from '#testing/watch/watch-contract';
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

// The API server sends a bookmark about once a minute.
watchContract('a real API server', emptied, { quickBookmarks: false });
