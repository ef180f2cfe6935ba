import { beforeAll, describe, expect, it } from 'vitest';
import { eventually, useInstallation } from './fixture.js';
import { bank, clusterRule, externalService, podRule, service, serviceRule } from './manifests.js';

const fixture = useInstallation();

/** So many pods `web-N` with addresses of their own. */
const pods = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ name: `web-${index + 1}`, address: `10.1.0.${index + 1}` }));

const allowed = (source: string, partition = 'shop') =>
  fixture.ces.device.allows(partition, { source, destination: bank });

/** Exactly these addresses reach the bank, of those given; the rule says so. */
async function reach(rule: string, inside: readonly string[], outside: readonly string[], kind = 'PodEgressRule') {
  await eventually(async () => {
    expect(await Promise.all(inside.map((address) => allowed(address)))).toEqual(inside.map(() => true));
    expect(await Promise.all(outside.map((address) => allowed(address)))).toEqual(outside.map(() => false));
    expect(await fixture.cluster.get(kind, 'shop', rule)).toMatchObject({
      status: { phase: inside.length === 0 ? 'Inactive' : 'Success', addresses: inside.length },
    });
  });
}

async function furnish(namespace: string) {
  const { cluster } = fixture;
  await cluster.createNamespace(namespace);
  await cluster.apply(externalService('bank', namespace, bank));
}

beforeAll(() => furnish('shop'));

describe('a service', () => {
  it('scales from nothing to fifty and back, and the firewall with it', async () => {
    const { cluster } = fixture;
    const all = pods(50);
    const addresses = all.map(({ address }) => address);
    await cluster.apply(service('web', 'shop'));
    await cluster.apply(serviceRule('web-to-bank', 'shop', 'web'));
    await cluster.setEndpoints('shop', 'web', []);
    await reach('web-to-bank', [], addresses, 'ServiceEgressRule');
    await Promise.all(all.map(({ name, address }) => cluster.runPod('shop', name, { address })));
    await cluster.setEndpoints('shop', 'web', all);
    await reach('web-to-bank', addresses, [], 'ServiceEgressRule');
    await cluster.setEndpoints('shop', 'web', []);
    await cluster.removeAll('Pod', 'shop');
    await reach('web-to-bank', [], addresses, 'ServiceEgressRule');
  });
});

describe('a pod', () => {
  it('counts from when it has an address until it has finished, whatever its slice still says', async () => {
    const { cluster } = fixture;
    await cluster.apply(podRule('jobs', 'shop', 'job'));
    const labels = { app: 'job' };
    await cluster.create({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'pending', namespace: 'shop', labels },
      spec: { containers: [{ name: 'main', image: 'registry.example/job' }] },
    });
    await cluster.runPod('shop', 'job-1', { address: '10.2.0.1', labels });
    await cluster.runPod('shop', 'job-2', { address: '10.2.0.2', labels });
    await reach('jobs', ['10.2.0.1', '10.2.0.2'], ['10.2.0.3']);
    await cluster.setStatus('Pod', 'shop', 'job-1', { phase: 'Succeeded' });
    await cluster.setStatus('Pod', 'shop', 'job-2', { phase: 'Failed' });
    await cluster.setStatus('Pod', 'shop', 'pending', {
      phase: 'Running',
      podIP: '10.2.0.3',
      podIPs: [{ ip: '10.2.0.3' }],
    });
    await reach('jobs', ['10.2.0.3'], ['10.2.0.1', '10.2.0.2']);
  });

  it('on the host network is never a source, and the status says so', async () => {
    const { cluster } = fixture;
    await cluster.apply(podRule('agents', 'shop', 'agent'));
    await cluster.runPod('shop', 'agent-1', { address: '192.0.2.200', labels: { app: 'agent' }, hostNetwork: true });
    await eventually(async () => {
      expect(await cluster.get('PodEgressRule', 'shop', 'agents')).toMatchObject({
        status: {
          addresses: 0,
          conditions: expect.arrayContaining([expect.objectContaining({ reason: 'HostNetworkPods' })]),
        },
      });
    });
    expect(await allowed('192.0.2.200')).toBe(false);
  });

  it('moves into a rule and out of it with its labels', async () => {
    const { cluster } = fixture;
    await cluster.apply(podRule('blue', 'shop', 'blue'));
    await cluster.apply(podRule('green', 'shop', 'green', { externalServices: ['bank'] }));
    await cluster.runPod('shop', 'mover', { address: '10.3.0.1', labels: { app: 'blue' } });
    await reach('blue', ['10.3.0.1'], []);
    await cluster.merge('Pod', 'shop', 'mover', { metadata: { labels: { app: 'green' } } });
    await reach('green', ['10.3.0.1'], []);
    await cluster.merge('Pod', 'shop', 'mover', { metadata: { labels: { app: null } } });
    await reach('green', [], ['10.3.0.1']);
    await reach('blue', [], ['10.3.0.1']);
  });

  it('that takes the place of another under its name is another', async () => {
    const { cluster } = fixture;
    await cluster.apply(podRule('stateful', 'shop', 'db'));
    const labels = { app: 'db' };
    await cluster.runPod('shop', 'db-0', { address: '10.4.0.1', labels });
    await reach('stateful', ['10.4.0.1'], []);
    await cluster.remove('Pod', 'shop', 'db-0');
    await cluster.runPod('shop', 'db-0', { address: '10.4.0.2', labels });
    await reach('stateful', ['10.4.0.2'], ['10.4.0.1']);
  });
});

describe('a namespace', () => {
  it('takes everything with it when it is deleted, and may come back', async () => {
    const { cluster, ces } = fixture;
    const label = { app: 'web' };
    const round = async (address: string) => {
      await furnish('team');
      await cluster.apply(podRule('web', 'team', 'web'));
      await cluster.runPod('team', 'web-1', { address, labels: label });
      await eventually(async () => {
        expect(await allowed(address, 'team')).toBe(true);
        expect(await cluster.get('PodEgressRule', 'team', 'web')).toMatchObject({ status: { phase: 'Success' } });
      });
    };
    await round('10.5.0.1');
    await ces.kubectl.run(['delete', 'namespace', 'team', '--wait=false']);
    await cluster.finishNamespace('team');
    await eventually(async () => {
      expect(await allowed('10.5.0.1', 'team')).toBe(false);
    });
    await round('10.5.0.2');
    expect(await allowed('10.5.0.1', 'team')).toBe(false);
  });

  it('comes under a cluster rule and leaves it with its labels', async () => {
    const { cluster } = fixture;
    await cluster.apply(externalService('bank', 'kube-system', bank));
    await cluster.createNamespace('shop-staging', { stage: 'test' });
    await cluster.runPod('shop-staging', 'web-1', { address: '10.6.0.1' });
    const namespaceSelector = { matchLabels: { stage: 'live' } };
    await cluster.apply(clusterRule('live-to-bank', { namespaceSelector }));
    const reaches = (expected: boolean) =>
      eventually(async () => {
        expect(await allowed('10.6.0.1')).toBe(expected);
      });
    await cluster.merge('Namespace', '', 'shop-staging', { metadata: { labels: { stage: 'live' } } });
    await reaches(true);
    await cluster.merge('Namespace', '', 'shop-staging', { metadata: { labels: { stage: 'test' } } });
    await reaches(false);
  });
});

describe('a status', () => {
  const shown = async () => fixture.cluster.get('PodEgressRule', 'shop', 'contested');
  const settled = (generation: number) =>
    eventually(async () => {
      expect(await shown()).toMatchObject({
        metadata: { generation },
        status: {
          phase: 'Success',
          observedGeneration: generation,
          conditions: [{ type: 'Accepted' }, { type: 'Programmed' }],
        },
      });
    });

  it('comes back when somebody else has changed it, or has removed it', async () => {
    const { cluster, ces } = fixture;
    await cluster.apply(podRule('contested', 'shop', 'contested'));
    await cluster.runPod('shop', 'contested', { address: '10.9.0.1', labels: { app: 'contested' } });
    await settled(1);
    const patch = ['patch', 'podgr', 'contested', '-n', 'shop', '--subresource=status', '--type=merge', '-p'];
    await ces.kubectl.run([...patch, '{"status":{"phase":"Failed","conditions":[]}}']);
    expect(await shown()).toMatchObject({ status: { phase: 'Failed' } });
    await settled(1);
    await ces.kubectl.run([...patch, '{"status":null}']);
    expect(await shown()).not.toHaveProperty('status');
    await settled(1);
  });

  it('speaks of the last generation, however fast somebody changes the rule meanwhile', async () => {
    const { cluster } = fixture;
    for (let generation = 2; generation <= 40; generation += 1) {
      await cluster.merge('PodEgressRule', 'shop', 'contested', { spec: { priority: generation } });
    }
    await settled(40);
  });
});
