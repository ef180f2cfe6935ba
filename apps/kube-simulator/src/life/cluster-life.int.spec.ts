import { waitFor } from '#testing/wait-for';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { items, member, text, type KubeObject } from '../objects/kube-object.js';
import { startKubeSimulator, type KubeSimulator } from '../simulator.js';
import { HttpsClient } from '../testing/https-client.js';
import { namespace, pod, service } from '../testing/manifests.js';

const addressOf = (object: KubeObject): string => text(object, 'status', 'podIP');
const web = { namespace: 'default', name: 'web', labels: { app: 'web' } };

describe('cluster life', () => {
  let simulator: KubeSimulator;

  beforeEach(async () => {
    simulator = await startKubeSimulator({ podCidr: '10.244.0.0/21' });
  });

  afterEach(() => simulator.close());

  const endpoints = () => simulator.list('EndpointSlice').flatMap((slice) => items(slice['endpoints']));
  const endpointAddresses = () => endpoints().flatMap((endpoint) => endpoint['addresses'] ?? []);

  it('starts the pods of a deployment, with addresses, owners and a running status', () => {
    const pods = simulator.runDeployment({ ...web, replicas: 2 });
    expect(pods.map(addressOf)).toEqual(['10.244.0.2', '10.244.0.3']);
    expect(pods[0]).toMatchObject({
      metadata: { labels: { app: 'web' }, ownerReferences: [{ kind: 'ReplicaSet', controller: true }] },
      spec: { nodeName: 'simulated-node' },
      status: { phase: 'Running', podIPs: [{ ip: '10.244.0.2' }] },
    });
  });

  it('keeps the endpoint slices of services in step, each endpoint naming its pod', () => {
    simulator.apply(service('web', { app: 'web' }));
    simulator.apply(service('other', { app: 'other' }));
    const pods = simulator.runDeployment({ ...web, replicas: 2 });
    const [slice] = simulator.list('EndpointSlice').filter((found) => items(found['endpoints']).length > 0);
    expect(slice).toMatchObject({
      metadata: { labels: { 'kubernetes.io/service-name': 'web' } },
      addressType: 'IPv4',
      ports: [{ name: '', port: 8080, protocol: 'TCP' }],
    });
    // Their order is left open, as it is by Kubernetes.
    expect(endpoints()).toHaveLength(pods.length);
    for (const each of pods) {
      expect(endpoints()).toContainEqual(
        expect.objectContaining({
          addresses: [addressOf(each)],
          conditions: { ready: true, serving: true, terminating: false },
          targetRef: { kind: 'Pod', namespace: 'default', name: each.metadata.name, uid: each.metadata.uid },
        }),
      );
    }
    expect(simulator.scale('default', 'web', 1)).toEqual([
      simulator.get('Pod', 'default', pods[0]?.metadata.name ?? ''),
    ]);
    expect(endpointAddresses()).toEqual(['10.244.0.2']);
    simulator.apply(service('web', { app: 'nobody' }));
    expect(endpointAddresses()).toEqual([]);
    simulator.delete('Service', 'default', 'web');
    expect(simulator.list('EndpointSlice')).toHaveLength(1);
  });

  it('splits endpoints into slices of a hundred, and writes each slice once per change', () => {
    simulator.apply(service('web', { app: 'web' }));
    simulator.runDeployment({ ...web, replicas: 250 });
    const sizes = () =>
      simulator
        .list('EndpointSlice')
        .map((slice) => items(slice['endpoints']).length)
        .toSorted((a, b) => b - a);
    expect(sizes()).toEqual([100, 100, 50]);
    const before = new Map(
      simulator.list('EndpointSlice').map((slice) => [slice.metadata.name, slice.metadata.resourceVersion]),
    );
    simulator.scale('default', 'web', 251);
    const written = simulator
      .list('EndpointSlice')
      .filter(({ metadata }) => before.get(metadata.name) !== metadata.resourceVersion);
    expect([sizes(), written.length]).toEqual([[100, 100, 51], 1]);
  });

  it('replaces all pods by new ones with new addresses', () => {
    simulator.apply(service('web', { app: 'web' }));
    const old = simulator.runDeployment({ ...web, replicas: 3 });
    const fresh = simulator.replacePods('default', 'web');
    expect(fresh).toHaveLength(3);
    expect(fresh.filter(({ metadata }) => old.some((each) => each.metadata.uid === metadata.uid))).toEqual([]);
    expect(new Set(endpointAddresses())).toEqual(new Set(fresh.map(addressOf)));
  });

  it('brings back a pod that somebody deletes, and gives its address to another later', async () => {
    await simulator.close();
    simulator = await startKubeSimulator({ podCidr: '10.9.0.0/29' });
    const [first] = simulator.runDeployment({ ...web, replicas: 3 });
    expect(first).toBeDefined();
    const addresses = new Set<string>();
    for (let round = 0; round < 6; round += 1) {
      const [newest] = simulator.list('Pod');
      simulator.delete('Pod', 'default', newest?.metadata.name ?? '');
      for (const each of simulator.list('Pod')) addresses.add(addressOf(each));
      expect(simulator.list('Pod')).toHaveLength(3);
    }
    expect(addresses.size).toBeLessThanOrEqual(5);
    expect(() => simulator.scale('default', 'web', 9)).toThrow('all 5 addresses of 10.9.0.0/29 are taken');
  });

  it('runs pods that clients make, on the host network too, and lets them stop in their own time', async () => {
    await simulator.close();
    simulator = await startKubeSimulator({ clusterLife: true, podTermination: 50 });
    simulator.apply(service('web', { app: 'web' }));
    simulator.apply(pod('a', { app: 'web' }));
    simulator.apply({ ...pod('host'), spec: { ...member(pod('host'), 'spec'), hostNetwork: true } });
    expect(addressOf(simulator.list('Pod')[1] ?? simulator.apply(pod('none')))).toBe('192.168.99.10');
    const client = new HttpsClient(simulator);
    await client.delete('/api/v1/namespaces/default/pods/a');
    expect(simulator.get('Pod', 'default', 'a')?.metadata).toMatchObject({ deletionGracePeriodSeconds: 30 });
    expect(endpoints()).toMatchObject([{ conditions: { ready: false, serving: true, terminating: true } }]);
    await waitFor(() => {
      expect(simulator.get('Pod', 'default', 'a')).toBeUndefined();
    });
    expect(endpoints()).toEqual([]);
    client.close();
  });

  it('goes away with its namespace, and goes on after a restore', () => {
    simulator.apply(namespace('shop'));
    simulator.runDeployment({ ...web, namespace: 'shop', replicas: 2 });
    const backup = simulator.backup();
    simulator.delete('Namespace', '', 'shop');
    expect([simulator.get('Namespace', '', 'shop'), simulator.list('Pod')]).toEqual([undefined, []]);
    expect(() => simulator.scale('shop', 'web', 1)).toThrow('there is no deployment shop/web');
    simulator.runDeployment({ ...web, replicas: 1 });
    simulator.restore(backup);
    const [first] = simulator.scale('default', 'web', 1);
    expect(simulator.list('Pod', 'shop').map(addressOf)).not.toContain(
      addressOf(first ?? simulator.apply(pod('none'))),
    );
  });

  it('refuses what it has or does not have', () => {
    simulator.runDeployment({ ...web, replicas: 1 });
    expect(() => simulator.runDeployment({ ...web, replicas: 1 })).toThrow('there is a deployment default/web already');
    expect(() => simulator.runDeployment({ ...web, namespace: 'nowhere', replicas: 1 })).toThrow(
      'namespaces "nowhere" not found',
    );
    simulator.removeDeployment('default', 'web');
    expect(simulator.list('Pod')).toEqual([]);
  });

  it('does nothing for a bare API server', () => {
    simulator.apply(service('web', { app: 'web' }));
    simulator.apply(pod('a', { app: 'web' }));
    expect(simulator.list('EndpointSlice')).toEqual([]);
    expect(simulator.get('Pod', 'default', 'a')).toMatchObject({ status: { phase: 'Pending' } });
  });
});
