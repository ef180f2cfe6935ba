import { describe, expect, it } from 'vitest';
import { readSettings } from '#platform/settings';
import { schemaErrors } from './kubernetes-schemas.js';
import { hasKubectl, render } from './kustomize.js';
import { openPorts } from './network-policy.js';
import { environmentOf, workloadOf, workloadsOf } from './workload.js';

const kubectl = hasKubectl();
const rendered = (folder: string) => (kubectl ? render(folder) : []);
const namesOf = (objects: ReturnType<typeof render>, kind: string) =>
  objects.filter((object) => object.kind === kind).map(({ metadata }) => metadata.name);

/** DNS, PostgreSQL, Redis and its Sentinels: what every process needs. */
const services = [53, 5432, 6379, 26379];

describe.skipIf(!kubectl)('production', () => {
  const objects = rendered('k8s/overlays/production');

  it('keeps a second of everything, and one of each through every drain', () => {
    const deployments = workloadsOf(objects).filter(({ kind }) => kind === 'Deployment');
    expect(deployments.map(({ metadata, spec }) => [metadata.name, spec.replicas])).toEqual(
      ['ces-api', 'ces-projector', 'ces-watcher', 'ces-worker'].map((name) => [name, 2]),
    );
    expect(namesOf(objects, 'PodDisruptionBudget')).toEqual(['ces-api', 'ces-projector', 'ces-watcher', 'ces-worker']);
  });

  it.each([
    ['ces-watcher', [53, 443, 5432, 6379, 6443, 26379]],
    ['ces-worker', [53, 443, 5432, 6379, 26379]],
    ['ces-projector', services],
    ['ces-api', services],
    ['ces-migrate', services],
  ])('lets %s open connections to %j and to nothing else', (name, ports) => {
    expect(openPorts(objects, workloadOf(objects, name).spec.template.metadata.labels)).toEqual(ports);
  });

  it('lets a pod that is none of ours open no connection at all', () => {
    expect(openPorts(objects, { 'app.kubernetes.io/name': 'stranger' })).toEqual([]);
  });
});

describe.skipIf(!kubectl)('several clusters on one BIG-IP', () => {
  const first = rendered('k8s/overlays/several-clusters/first');
  const second = rendered('k8s/overlays/several-clusters/second');

  it('hold nothing that Kubernetes would refuse or not know', () => {
    expect([...first, ...second].flatMap((object) => schemaErrors(object))).toEqual([]);
  });

  it('have a watcher each, and the second nothing that reaches the BIG-IP', () => {
    expect(workloadsOf(second).map(({ metadata }) => metadata.name)).toEqual(['ces-watcher']);
    expect(namesOf(second, 'Secret')).toEqual([]);
    const { volumes } = workloadOf(second, 'ces-watcher').spec.template.spec;
    expect(volumes.filter((volume) => 'secret' in volume)).toEqual([]);
  });

  it('have a projector each, in the first cluster, with a configuration, a Service and pods of its own', () => {
    const projector = workloadOf(first, 'ces-projector-k8s-2').spec;
    expect(projector.template.spec.volumes).toEqual([
      { name: 'configuration', configMap: { name: 'ces-config-k8s-2' } },
    ]);
    expect(namesOf(first, 'ConfigMap')).toContain('ces-config-k8s-2');
    const selector = { 'app.kubernetes.io/name': 'ces-projector-k8s-2' };
    expect(projector['selector']).toEqual({ matchLabels: selector });
    expect(projector.template.metadata.labels).toMatchObject(selector);
    const service = first.find(({ kind, metadata }) => kind === 'Service' && metadata.name === 'ces-projector-k8s-2');
    expect(service?.['spec']).toMatchObject({ selector });
    expect(openPorts(first, projector.template.metadata.labels)).toEqual(services);
  });
});

describe.skipIf(!kubectl)('trial', () => {
  const objects = rendered('k8s/overlays/trial');
  const standalone = () => workloadOf(objects, 'ces-standalone');

  it('holds nothing that Kubernetes would refuse or not know', () => {
    expect(objects.flatMap((object) => schemaErrors(object))).toEqual([]);
  });

  it('is one pod', () => {
    expect(workloadsOf(objects).map(({ kind, metadata, spec }) => [kind, metadata.name, spec.replicas])).toEqual([
      ['StatefulSet', 'ces-standalone', 1],
    ]);
  });

  it('gives it every setting that it reads', () => {
    const [process] = standalone().spec.template.spec.containers;
    const environment = { ...environmentOf(process, objects), KUBERNETES_SERVICE_HOST: '10.96.0.1' };
    expect(readSettings('standalone', { environment, arguments: [] })).toMatchObject({
      database: { directory: '/var/lib/ces/postgres' },
      redis: undefined,
      kubernetes: { access: 'in-cluster' },
    });
  });

  it('runs under the restricted pod security standard, and writes only where a volume is', () => {
    const pod = standalone().spec.template.spec;
    const [process] = pod.containers;
    expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 1000 });
    expect(process['securityContext']).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    const written = process.volumeMounts.filter(({ readOnly }) => !readOnly).map(({ mountPath }) => mountPath);
    expect(written).toEqual(['/var/lib/ces', '/tmp']);
  });

  it('has the rights of the watcher', () => {
    expect(standalone().spec.template.spec.serviceAccountName).toBe('ces-watcher');
    expect(namesOf(objects, 'ServiceAccount')).toEqual(['ces-watcher']);
  });
});
