import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startKubeSimulator, type KubeSimulator } from './simulator.js';
import { pod, serviceRule } from './testing/manifests.js';

describe('objects from within the process', () => {
  let simulator: KubeSimulator;

  beforeEach(async () => {
    simulator = await startKubeSimulator();
  });

  afterEach(() => simulator.close());

  it('are created or replaced, and then given the status of the manifest', () => {
    const created = simulator.apply({ ...serviceRule('r', { logging: true }), status: { phase: 'Syncing' } });
    expect(created).toMatchObject({ metadata: { generation: 1 }, status: { phase: 'Syncing' } });
    const replaced = simulator.apply(serviceRule('r', { action: 'drop' }));
    expect(replaced).toMatchObject({
      metadata: { uid: created.metadata.uid, generation: 2 },
      status: { phase: 'Syncing' },
    });
    expect(replaced['spec']).not.toHaveProperty('logging');
    expect(simulator.apply(serviceRule('r', { action: 'drop' }))).toBe(replaced);
    expect(simulator.status('ServiceEgressRule', 'default', 'r', { phase: 'Success' })).toMatchObject({
      metadata: { generation: 2 },
      status: { phase: 'Success' },
    });
  });

  it('of manifests bear the traces of kubectl apply', () => {
    const [applied] = simulator.applyManifests(
      '{kind: ClusterEgressRule, apiVersion: kubeovn.io/v1alpha1, metadata: {name: c}}',
    );
    expect(applied?.metadata).toMatchObject({
      annotations: {
        'kubectl.kubernetes.io/last-applied-configuration':
          '{"apiVersion":"kubeovn.io/v1alpha1","kind":"ClusterEgressRule","metadata":{"annotations":{},"name":"c"}}\n',
      },
      managedFields: [{ manager: 'kubectl-client-side-apply' }],
    });
  });

  it('are refused as over HTTP, with the line of a manifest', () => {
    expect(() => simulator.apply({ ...pod('a'), spec: {} })).toThrow(
      'Pod "a" is invalid: spec.containers: Required value',
    );
    expect(() => simulator.applyManifests('---\n\nkind: Job\napiVersion: batch/v1\n')).toThrow(
      'line 3: the simulator serves no Job of batch/v1; it serves Namespace, Pod',
    );
    expect(() => {
      simulator.delete('Pod', 'default', 'missing');
    }).toThrow('pods "missing" not found');
    expect(() => simulator.list('Secret')).toThrow('the simulator serves no Secret');
  });
});
