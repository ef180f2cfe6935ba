import {
  CoreV1Api,
  CustomObjectsApi,
  KubeConfig,
  makeInformer,
  PatchStrategy,
  setHeaderOptions,
  type V1Pod,
} from '@kubernetes/client-node';
import { waitFor } from '#testing/wait-for';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startKubeSimulator, type KubeSimulator } from './simulator.js';
import { pod, serviceRule } from './testing/manifests.js';

const namespace = 'default';

describe('@kubernetes/client-node', () => {
  let simulator: KubeSimulator;
  let config: KubeConfig;

  beforeAll(async () => {
    simulator = await startKubeSimulator();
    config = new KubeConfig();
    config.loadFromString(simulator.kubeconfig);
  });

  afterAll(() => simulator.close());

  it('lists page by page, with dates where the library has dates', async () => {
    for (const name of ['a', 'b', 'c']) simulator.apply(pod(name));
    const core = config.makeApiClient(CoreV1Api);
    const first = await core.listNamespacedPod({ namespace, limit: 2 });
    expect(first.items.map(({ metadata }) => metadata?.creationTimestamp instanceof Date)).toEqual([true, true]);
    const _continue = first.metadata?._continue ?? '';
    const rest = await core.listNamespacedPod({ namespace, limit: 2, _continue });
    expect(rest.items.map(({ metadata }) => metadata?.name)).toEqual(['c']);
    await expect(core.readNamespacedPod({ namespace, name: 'missing' })).rejects.toMatchObject({ code: 404 });
  });

  it('merges the status of a rule', async () => {
    simulator.apply(serviceRule('r'));
    const rule = { group: 'kubeovn.io', version: 'v1alpha1', namespace, plural: 'serviceegressrules', name: 'r' };
    await config
      .makeApiClient(CustomObjectsApi)
      .patchNamespacedCustomObjectStatus(
        { ...rule, body: { status: { phase: 'Success' } } },
        setHeaderOptions('Content-Type', PatchStrategy.MergePatch),
      );
    expect(simulator.get('ServiceEgressRule', namespace, 'r')).toMatchObject({ status: { phase: 'Success' } });
  });

  it('keeps an informer in step', async () => {
    const core = config.makeApiClient(CoreV1Api);
    const path = `/api/v1/namespaces/${namespace}/pods`;
    const informer = makeInformer<V1Pod>(config, path, () => core.listNamespacedPod({ namespace }));
    const seen: string[] = [];
    informer.on('add', ({ metadata }) => seen.push(`add ${metadata?.name ?? ''}`));
    informer.on('delete', ({ metadata }) => seen.push(`delete ${metadata?.name ?? ''}`));
    await informer.start();
    await waitFor(() => {
      expect(simulator.watchCount('pods')).toBe(1);
    });
    simulator.apply(pod('z'));
    simulator.delete('Pod', namespace, 'z');
    await waitFor(() => {
      expect(seen).toEqual(['add a', 'add b', 'add c', 'add z', 'delete z']);
    });
    await informer.stop();
  });
});
