import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { schemaErrors } from './kubernetes-schemas.js';
import { hasKubectl, render } from './kustomize.js';
import { type Manifest } from './manifest.js';
import { workloadOf, workloadsOf } from './workload.js';

const kubectl = hasKubectl();
if (!kubectl) process.stderr.write('The manifests are not rendered: install kubectl to check what is under k8s.\n');

const folders = ['k8s/base', 'k8s/overlays/production', 'k8s/overlays/example'];

const resources = z.object({
  requests: z.object({ cpu: z.string(), memory: z.string() }),
  limits: z.object({ memory: z.string() }),
});

const role = z.looseObject({
  kind: z.enum(['Role', 'ClusterRole']),
  rules: z.array(
    z.strictObject({
      apiGroups: z.array(z.string()),
      resources: z.array(z.string()),
      resourceNames: z.array(z.string()).default(['']),
      verbs: z.array(z.string()),
    }),
  ),
});

const ports = { api: 8080, watcher: 8081, projector: 8082, worker: 8083 };

describe.skipIf(!kubectl).each(folders)('%s', (folder) => {
  const objects = kubectl ? render(folder) : [];
  const ofKind = (kind: string) => objects.filter((object) => object.kind === kind);
  const workloads = () => workloadsOf(objects);
  const podOf = (name: string) => workloadOf(objects, name).spec.template.spec;

  it('holds nothing that Kubernetes would refuse or not know', () => {
    expect(objects.length).toBeGreaterThan(25);
    expect(objects.flatMap((object) => schemaErrors(object))).toEqual([]);
  });

  it('puts everything that has a namespace into one, which enforces the restricted pod security standard', () => {
    const namespaces = new Set(objects.map((object) => object.metadata.namespace));
    expect(namespaces).toEqual(new Set([undefined, 'ces-system']));
    expect(ofKind('Namespace')).toMatchObject([
      { metadata: { name: 'ces-system', labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } } },
    ]);
  });

  it('runs the four processes and the migration', () => {
    const commands = Object.fromEntries(
      workloads().map(({ metadata, spec }) => [metadata.name, spec.template.spec.containers[0].command.join(' ')]),
    );
    expect(commands).toEqual({
      'ces-api': 'node dist/apps/api/src/main.js',
      'ces-watcher': 'node dist/apps/watcher/src/main.js',
      'ces-projector': 'node dist/apps/projector/src/main.js',
      'ces-worker': 'node dist/apps/worker/src/main.js',
      'ces-migrate': 'node dist/apps/projector/src/migrate.js',
    });
  });

  it('runs every pod under the restricted pod security standard, with a root file system that nobody writes to', () => {
    for (const { metadata, spec } of workloads()) {
      const pod = spec.template.spec;
      expect(pod, metadata.name).toMatchObject({
        securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
        containers: [
          {
            securityContext: {
              allowPrivilegeEscalation: false,
              readOnlyRootFilesystem: true,
              capabilities: { drop: ['ALL'] },
            },
          },
        ],
      });
      for (const forbidden of ['hostNetwork', 'hostPID', 'hostIPC', 'initContainers', 'ephemeralContainers']) {
        expect(pod, metadata.name).not.toHaveProperty(forbidden);
      }
      const kindsOfVolume = pod.volumes.flatMap((volume) => Object.keys(volume)).filter((key) => key !== 'name');
      expect(['configMap', 'secret'], metadata.name).toEqual(expect.arrayContaining(kindsOfVolume));
      expect(
        pod.containers[0].volumeMounts.filter((mount) => !mount.readOnly),
        metadata.name,
      ).toEqual([]);
    }
  });

  it('bounds the memory of every container', () => {
    for (const { metadata, spec } of workloads()) {
      expect(() => resources.parse(spec.template.spec.containers[0]['resources']), metadata.name).not.toThrow();
    }
  });

  it.each(Object.entries(ports))('asks %s on port %i for its health, and offers its metrics there', (app, port) => {
    const [process] = podOf(`ces-${app}`).containers;
    expect(process.ports).toEqual([{ name: 'http', containerPort: port }]);
    expect(process.env).toContainEqual({ name: 'PORT', value: String(port) });
    expect(process.livenessProbe?.httpGet).toEqual({ path: '/healthz', port: 'http' });
    expect(process.readinessProbe?.httpGet).toEqual({ path: '/readyz', port: 'http' });
    const labels = workloadOf(objects, `ces-${app}`).spec.template.metadata.labels;
    expect(ofKind('Service')).toContainEqual(
      expect.objectContaining({
        metadata: expect.objectContaining({ name: `ces-${app}` }) as unknown,
        spec: {
          selector: { 'app.kubernetes.io/name': labels['app.kubernetes.io/name'] },
          ports: [{ name: 'http', port, targetPort: 'http' }],
        },
      }),
    );
  });

  it('gives each process the settings that it reads, and the credentials of the BIG-IP to no other', () => {
    const namesOf = (name: string) => podOf(name).containers[0].env.map((entry) => entry.name);
    const common = ['PORT', 'CES_CONFIG', 'DATABASE_URL', 'REDIS_URL'];
    expect(namesOf('ces-watcher')).toEqual(common);
    expect(namesOf('ces-projector')).toEqual(common);
    expect(namesOf('ces-api')).toEqual(common);
    expect(namesOf('ces-worker')).toEqual([...common, 'BIGIP_CREDS_DIR', 'BIGIP_CA_FILE']);
    expect(namesOf('ces-migrate')).toEqual(['DATABASE_URL']);
    const settings = ofKind('ConfigMap').find((object) => object.metadata.name.startsWith('ces-settings'));
    expect(settings?.['data']).toEqual({
      BIGIP_URL: 'https://bigip.example.com',
      CES_NAMESPACE: 'kube-system',
      LOG_LEVEL: 'info',
    });
  });

  it('keeps a watcher in reserve', () => {
    expect(workloadOf(objects, 'ces-watcher').spec.replicas).toBe(2);
    expect(ofKind('PodDisruptionBudget')).toContainEqual(
      expect.objectContaining({
        spec: { minAvailable: 1, selector: { matchLabels: { 'app.kubernetes.io/name': 'ces-watcher' } } },
      }),
    );
  });

  it('spreads the replicas of each process over nodes and zones', () => {
    for (const app of Object.keys(ports)) {
      const selector = { matchLabels: { 'app.kubernetes.io/name': `ces-${app}` } };
      expect(podOf(`ces-${app}`)['topologySpreadConstraints']).toMatchObject([
        { topologyKey: 'kubernetes.io/hostname', labelSelector: selector },
        { topologyKey: 'topology.kubernetes.io/zone', labelSelector: selector },
      ]);
    }
  });

  it('gives rights in the cluster, and a token, to the watcher alone', () => {
    const subjects = [...ofKind('ClusterRoleBinding'), ...ofKind('RoleBinding')].map((object) => object['subjects']);
    const watcher = { kind: 'ServiceAccount', name: 'ces-watcher', namespace: 'ces-system' };
    expect(subjects).toEqual([[watcher], [watcher]]);
    const withToken = workloads().filter(({ spec }) => spec.template.spec.automountServiceAccountToken);
    expect(withToken.map(({ metadata }) => metadata.name)).toEqual(['ces-watcher']);
    expect(ofKind('ServiceAccount').map((object) => object['automountServiceAccountToken'])).toEqual(
      Array<boolean>(5).fill(false),
    );
  });

  it('gives no more rights than these', () => {
    expect(ofKind('ClusterRole').flatMap(rights)).toEqual([
      'list,watch namespaces',
      'list,watch pods',
      'list,watch services',
      'list,watch discovery.k8s.io/endpointslices',
      'list,watch kubeovn.io/externalservices',
      'list,watch kubeovn.io/clusteregressrules',
      'list,watch kubeovn.io/namespaceegressrules',
      'list,watch kubeovn.io/serviceegressrules',
      'list,watch kubeovn.io/podegressrules',
      'patch kubeovn.io/clusteregressrules/status',
      'patch kubeovn.io/namespaceegressrules/status',
      'patch kubeovn.io/serviceegressrules/status',
      'patch kubeovn.io/podegressrules/status',
      'create events.k8s.io/events',
    ]);
    expect(ofKind('Role').flatMap(rights)).toEqual([
      'create coordination.k8s.io/leases',
      'get,update coordination.k8s.io/leases/ces-watcher',
    ]);
    // The Lease is in the pod's own namespace.
    expect(ofKind('Role').map(({ metadata }) => metadata.namespace)).toEqual(['ces-system']);
  });

  it('promise 12: no credential stands outside of a Secret, and only the worker has those of the BIG-IP', () => {
    const mounting = workloads().filter(({ spec }) => spec.template.spec.volumes.some((volume) => 'secret' in volume));
    expect(mounting.map(({ metadata }) => metadata.name)).toEqual(['ces-worker']);
    for (const { spec } of workloads()) {
      const plain = spec.template.spec.containers[0].env.filter(({ value }) => value !== undefined);
      expect(plain.filter(({ name }) => /PASSWORD|USERNAME|DATABASE_URL|REDIS_URL/.test(name))).toEqual([]);
    }
  });
});

/** Each right on a line of its own: `verbs group/resource/name`. */
function rights(object: Manifest): string[] {
  return role
    .parse(object)
    .rules.flatMap(({ apiGroups, resources, resourceNames, verbs }) =>
      apiGroups.flatMap((group) =>
        resources.flatMap((resource) =>
          resourceNames.map((name) => `${verbs.join(',')} ${[group, resource, name].filter(Boolean).join('/')}`),
        ),
      ),
    );
}
