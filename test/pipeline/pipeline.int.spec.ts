import { policy } from '#apps/bigip-simulator/src/device/objects';
import { endpointSlice, externalService, namespace, pod, rule, service } from '#testing/observed';
import { ObservedCluster } from '#testing/observed-cluster';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { configurationText, Pipeline, preparedDevice } from './pipeline.js';

const webPod = (name: string, address: string) => pod(name, address, { labels: { app: 'web' } });

describe('from a change in the cluster to the firewall', () => {
  let pipeline: Pipeline;
  let cluster: ObservedCluster;
  const first = webPod('web-1', '10.1.0.1');

  const bank = { destination: '198.51.100.7', protocol: 'tcp', port: 443, partition: 'shop' };
  const verdict = (source: string) => pipeline.device.evaluate({ ...bank, source }).action;

  beforeEach(async () => {
    pipeline = await Pipeline.start({ device: preparedDevice });
    cluster = new ObservedCluster().add(
      namespace('shop'),
      service('web'),
      first,
      endpointSlice('web', [first]),
      externalService('bank'),
      rule('ServiceEgressRule', 'web-to-bank', { service: 'web' }),
    );
    await pipeline.project(cluster.configuration(configurationText), ...cluster.snapshotOfAll());
  });

  afterEach(async () => {
    await pipeline.stop();
  });

  it('one rule, one pod, one declaration a tenant, one status', async () => {
    expect(await pipeline.status('web-to-bank')).toMatchObject({ phase: 'Syncing' });
    expect(await pipeline.apply()).toMatchObject({ type: 'done' });
    expect(verdict('10.1.0.1')).toBe('accept');
    expect(verdict('10.1.0.2')).toBe('drop');
    expect(await pipeline.status('web-to-bank')).toMatchObject({
      phase: 'Success',
      addresses: 1,
      version: 1,
      observedGeneration: 1,
      conditions: [
        { type: 'Accepted', status: 'True' },
        { type: 'Programmed', status: 'True' },
      ],
    });
  });

  it('follows a pod that is replaced, in one declaration', async () => {
    await pipeline.apply();
    const declares = pipeline.device.counters.declares;
    const second = webPod('web-2', '10.1.0.2');
    await pipeline.project(
      cluster.together(cluster.upsert(second, endpointSlice('web', [second])), cluster.remove(first)),
    );
    await pipeline.apply();
    expect([verdict('10.1.0.1'), verdict('10.1.0.2')]).toEqual(['drop', 'accept']);
    expect(pipeline.device.counters.declares - declares).toBe(1);
  });

  it('fault 2: when the last endpoint goes, its address is withdrawn and nobody is let out', async () => {
    await pipeline.apply();
    await pipeline.project(cluster.upsert(endpointSlice('web', [])));
    await pipeline.apply();
    expect([verdict('10.1.0.1'), verdict('10.9.9.9')]).toEqual(['drop', 'drop']);
    expect(await pipeline.status('web-to-bank')).toMatchObject({ phase: 'Inactive', addresses: 0 });
  });

  it('promise 1: no packet passes at any moment that neither the state before nor the one after lets pass', async () => {
    await pipeline.apply();
    const sources = ['10.1.0.1', '10.1.0.2', '10.9.9.9', '203.0.113.5'];
    const passing = () => new Set(sources.filter((source) => verdict(source) === 'accept'));
    const before = passing();
    const seen: string[][] = [];
    pipeline.device.onDeviceState((state) => {
      seen.push(sources.filter((source) => pipeline.device.evaluate({ ...bank, source }, state).action === 'accept'));
    });
    const second = webPod('web-2', '10.1.0.2');
    await pipeline.project(cluster.upsert(second, endpointSlice('web', [first, second])));
    await pipeline.apply();
    await pipeline.project(cluster.remove(rule('ServiceEgressRule', 'web-to-bank')));
    await pipeline.apply();
    const allowed = new Set([...before, '10.1.0.2']);
    expect(seen.length).toBeGreaterThan(0);
    expect(seen.flat().filter((source) => !allowed.has(source))).toEqual([]);
    expect(passing()).toEqual(new Set());
  });

  it('promise 1: a new order of rules reaches the device, though AS3 does not compare the order', async () => {
    await pipeline.project(
      cluster.upsert(rule('ServiceEgressRule', 'not-to-bank', { service: 'web', action: 'drop' })),
    );
    await pipeline.apply();
    expect(verdict('10.1.0.1')).toBe('drop');
    await pipeline.project(
      cluster.upsert(rule('ServiceEgressRule', 'not-to-bank', { service: 'web', action: 'drop', priority: 2000 })),
    );
    await pipeline.apply();
    expect(verdict('10.1.0.1')).toBe('accept');
  });

  it('fault 9: many changes cost one declaration and no reading, and a busy device is no failure', async () => {
    await pipeline.apply();
    const pods = Array.from({ length: 20 }, (_, index) => webPod(`web-${index + 2}`, `10.1.0.${index + 2}`));
    for (const [index, one] of pods.entries()) {
      await pipeline.project(cluster.upsert(one, endpointSlice('web', [first, ...pods.slice(0, index + 1)])));
    }
    pipeline.device.clearRequests();
    const busy = { message: 'Configuration operation in progress on device' };
    pipeline.device.faults.strikeRequests({ method: 'POST', effect: { kind: 'status', status: 503, body: busy } });
    expect(await pipeline.apply()).toMatchObject({ type: 'again', failure: { kind: 'busy' } });
    expect(await pipeline.status('web-to-bank')).toMatchObject({
      phase: 'Syncing',
      conditions: [{}, { message: expect.stringContaining(busy.message) as unknown }],
    });
    const declares = pipeline.device.counters.declares;
    expect(await pipeline.apply()).toMatchObject({ type: 'done' });
    expect(verdict('10.1.0.21')).toBe('accept');
    expect(pipeline.device.counters.declares - declares).toBe(1);
    const reads = pipeline.device.requests.filter(
      ({ method, path }) => method === 'GET' && path.endsWith('/declare/shop'),
    );
    expect(reads.length).toBeLessThanOrEqual(1);
  });

  it('promise 5: declares nothing when nothing changed', async () => {
    await pipeline.apply();
    const declares = pipeline.device.counters.declares;
    await pipeline.project(cluster.upsert(namespace('elsewhere')), cluster.snapshot('Pod'));
    await pipeline.apply();
    expect(pipeline.device.counters.declares).toBe(declares);
  });

  it('promise 2: after a permanent refusal, withdrawals go on with the last good rules', async () => {
    await pipeline.apply();
    pipeline.device.faults.refuseObjects(/_ext_bad_/, '01070734:3: Configuration error: refused');
    const bad = externalService('bad', { addresses: ['198.51.100.99'] });
    const second = webPod('web-2', '10.1.0.2');
    await pipeline.project(
      cluster.upsert(bad, rule('ServiceEgressRule', 'web-to-bad', { service: 'web', externalServices: ['bad'] })),
      cluster.together(cluster.upsert(second, endpointSlice('web', [second])), cluster.remove(first)),
    );
    await pipeline.apply();
    expect([verdict('10.1.0.1'), verdict('10.1.0.2')]).toEqual(['drop', 'accept']);
    expect(await pipeline.status('web-to-bad')).toMatchObject({ phase: 'Quarantined' });
    expect(JSON.stringify(await pipeline.status('web-to-bad'))).toContain('01070734');
    expect(await pipeline.status('web-to-bank')).toMatchObject({ phase: 'Success' });
  });

  it('promise 6: a new holder waits for the open task, and declares once with its own epoch', async () => {
    await pipeline.apply('worker-1');
    pipeline.device.faults.strikeRequests({
      method: 'POST',
      path: '/mgmt/shared/appsvcs/declare',
      effect: { kind: 'lose-answer' },
    });
    const second = webPod('web-2', '10.1.0.2');
    await pipeline.project(cluster.upsert(second, endpointSlice('web', [first, second])));
    expect(await pipeline.apply('worker-1')).toMatchObject({ type: 'again', failure: { kind: 'answer-lost' } });
    await pipeline.source.query('UPDATE device_lease SET expires_at = now() - make_interval(secs => 1)');
    const declares = pipeline.device.counters.declares;
    expect(await pipeline.apply('worker-2')).toMatchObject({ type: 'done' });
    expect(verdict('10.1.0.2')).toBe('accept');
    expect(pipeline.device.counters.declares).toBeGreaterThan(declares);
    expect(await pipeline.log.openAttempts('bigip')).toEqual([]);
    await pipeline.project(cluster.upsert(endpointSlice('web', [second])));
    await expect(pipeline.apply('worker-1')).rejects.toMatchObject({ name: 'LeaseLost' });
  });
});

describe('in the rule-lists layout', () => {
  it('fault 14: a rule leaves in two declarations, and the firewall stands open at no moment', async () => {
    const pipeline = await Pipeline.start({ device: preparedDevice });
    try {
      const one = webPod('web-1', '10.1.0.1');
      const kept = rule('ServiceEgressRule', 'kept', { service: 'web', externalServices: ['bank'] });
      const leaving = rule('ServiceEgressRule', 'leaving', { service: 'web', externalServices: ['shop'] });
      const cluster = new ObservedCluster().add(
        ...[namespace('shop'), service('web'), one, endpointSlice('web', [one])],
        ...[externalService('bank'), externalService('shop', { addresses: ['198.51.100.8'] }), kept, leaving],
      );
      const text = configurationText.replace('layout: in-place', 'layout: rule-lists');
      await pipeline.project(cluster.configuration(text), ...cluster.snapshotOfAll());
      await pipeline.apply();
      const stranger = { source: '10.9.9.9', destination: '203.0.113.1', protocol: 'tcp', port: 25, partition: 'shop' };
      const open: string[] = [];
      pipeline.device.onDeviceState((state, step) => {
        if (pipeline.device.evaluate(stranger, state).action.startsWith('accept')) open.push(step.command);
      });
      const declares = pipeline.device.counters.declares;
      await pipeline.project(cluster.remove(leaving));
      await pipeline.apply();
      expect(pipeline.device.counters.declares - declares).toBe(2);
      expect(open).toEqual([]);
      const lists = [...pipeline.device.device.state.objects.keys()].filter((key) => key.includes('_leaving_'));
      expect(lists).toEqual([]);
    } finally {
      await pipeline.stop();
    }
  });
});

describe('what is not ours', () => {
  const cluster = () =>
    new ObservedCluster().add(
      namespace('shop'),
      externalService('dns', {}, { namespace: 'kube-system' }),
      rule('ClusterEgressRule', 'allow-dns', { action: 'accept-decisively', externalServices: ['dns'] }),
    );

  it('promise 10: a global policy of somebody else is left enforced, and the rules say so', async () => {
    const pipeline = await Pipeline.start({
      device: {
        content: {
          ...preparedDevice.content,
          objects: [policy({ path: '/Common/theirs' })],
          globalRules: { enforcedPolicy: '/Common/theirs' },
        },
      },
    });
    try {
      await pipeline.project(cluster().configuration(configurationText), ...cluster().snapshotOfAll());
      await pipeline.apply();
      expect(pipeline.device.device.state.globalRules.enforcedPolicy).toBe('/Common/theirs');
      const status = await pipeline.status('allow-dns');
      expect(status).toMatchObject({ phase: 'Failed', conditions: [{}, { reason: 'ForeignPolicyEnforced' }] });
    } finally {
      await pipeline.stop();
    }
  });
});
