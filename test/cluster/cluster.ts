import { z } from 'zod';
import { type JsonObject, type JsonValue } from '#core/json';
import { type ApiServer } from './api-server.js';
import { type Answer, type HttpsClient } from './https-client.js';

const apiVersions: Readonly<Record<string, string>> = {
  EndpointSlice: 'discovery.k8s.io/v1',
  ExternalService: 'kubeovn.io/v1alpha1',
  ClusterEgressRule: 'kubeovn.io/v1alpha1',
  NamespaceEgressRule: 'kubeovn.io/v1alpha1',
  ServiceEgressRule: 'kubeovn.io/v1alpha1',
  PodEgressRule: 'kubeovn.io/v1alpha1',
  Lease: 'coordination.k8s.io/v1',
};

/** What may stand in a namespace of the tests; the namespace controller, whose part we play, deletes it. */
const contents = [
  'Pod',
  'Service',
  'EndpointSlice',
  'ExternalService',
  'NamespaceEgressRule',
  'ServiceEgressRule',
  'PodEgressRule',
  'ServiceAccount',
] as const;

/** The path of an object, or (without a name) of a kind: `/api/v1/namespaces/shop/pods/web-1`. */
export function pathOf(kind: string, namespace = '', name = ''): string {
  const apiVersion = apiVersions[kind] ?? 'v1';
  const group = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const scope = namespace === '' ? '' : `/namespaces/${namespace}`;
  return `${group}${scope}/${kind.toLowerCase()}s${name === '' ? '' : `/${name}`}`;
}

export interface PodOptions {
  readonly address?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly hostNetwork?: boolean;
  readonly phase?: 'Pending' | 'Running' | 'Succeeded' | 'Failed';
}

/**
 * A Kubernetes whose API server is real, and whose controllers and kubelets are played here: service accounts of new
 * namespaces, addresses and phases of pods, endpoint slices, the end of namespaces.
 */
export class Cluster {
  readonly #client: HttpsClient;

  constructor(readonly server: ApiServer) {
    this.#client = server.client({ connections: 16 });
  }

  close(): void {
    this.#client.close();
  }

  async get(kind: string, namespace: string, name: string): Promise<JsonValue> {
    return succeeded(await this.#client.send('GET', pathOf(kind, namespace, name)));
  }

  /** Creates the object, or brings the one of its name to this form; its status too where one is given. */
  async apply(manifest: Manifest): Promise<void> {
    const { status, ...main } = manifest;
    const { kind, metadata } = manifest;
    const path = pathOf(kind, metadata.namespace, metadata.name);
    await this.#serverSideApply(path, main);
    if (status !== undefined) await this.setStatus(kind, metadata.namespace ?? '', metadata.name, status);
  }

  async create(manifest: Manifest): Promise<void> {
    succeeded(await this.#client.send('POST', pathOf(manifest.kind, manifest.metadata.namespace), manifest));
  }

  async setStatus(kind: string, namespace: string, name: string, status: JsonObject): Promise<void> {
    const path = `${pathOf(kind, namespace, name)}/status`;
    succeeded(await this.#client.send('PATCH', path, { status }, 'application/merge-patch+json'));
  }

  async merge(kind: string, namespace: string, name: string, patch: JsonObject): Promise<void> {
    const path = pathOf(kind, namespace, name);
    succeeded(await this.#client.send('PATCH', path, patch, 'application/merge-patch+json'));
  }

  /** Deletes it at once, as when a kubelet has ended the pod; what is gone already is no error. */
  async remove(kind: string, namespace: string, name: string): Promise<void> {
    const answer = await this.#client.send('DELETE', pathOf(kind, namespace, name), { gracePeriodSeconds: 0 });
    if (answer.status !== 404) succeeded(answer);
  }

  /** Deletes all objects of a kind in a namespace. */
  async removeAll(kind: string, namespace: string): Promise<void> {
    succeeded(await this.#client.send('DELETE', pathOf(kind, namespace), { gracePeriodSeconds: 0 }));
  }

  /** A namespace with the service account that pods need; what is there already is no error. */
  async createNamespace(name: string, labels: Readonly<Record<string, string>> = {}): Promise<void> {
    await this.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } });
    await this.apply({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace: name } });
  }

  /** Plays the namespace controller, once somebody has deleted the namespace: empties it and lets it go. */
  async finishNamespace(name: string): Promise<void> {
    for (const kind of contents) await this.removeAll(kind, name);
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name }, spec: { finalizers: [] } };
    succeeded(await this.#client.send('PUT', `${pathOf('Namespace', '', name)}/finalize`, namespace));
  }

  /** Creates a pod and plays its kubelet: it runs, with that address. */
  async runPod(namespace: string, name: string, options: PodOptions = {}): Promise<void> {
    const { address = '10.1.0.1', labels = { app: 'web' }, hostNetwork = false, phase = 'Running' } = options;
    const spec = { containers: [{ name: 'main', image: 'registry.example/web' }], hostNetwork };
    await this.create({ apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace, labels }, spec });
    await this.setStatus('Pod', namespace, name, { phase, podIP: address, podIPs: [{ ip: address }] });
  }

  /** Plays the endpoint slice controller: these pods, and no others, stand behind the service. */
  async setEndpoints(namespace: string, service: string, pods: readonly Endpoint[]): Promise<void> {
    await this.apply({
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: `${service}-1`, namespace, labels: { 'kubernetes.io/service-name': service } },
      addressType: 'IPv4',
      endpoints: pods.map(({ name, address }) => ({
        addresses: [address],
        conditions: { ready: true },
        targetRef: { kind: 'Pod', namespace, name },
      })),
      ports: [{ port: 8080, protocol: 'TCP', name: 'http' }],
    });
  }

  async #serverSideApply(path: string, manifest: JsonObject): Promise<void> {
    const query = '?fieldManager=cluster-tests&force=true';
    succeeded(await this.#client.send('PATCH', `${path}${query}`, manifest, 'application/apply-patch+yaml'));
  }
}

export interface Endpoint {
  readonly name: string;
  readonly address: string;
}

const json = z.json();
const manifest = z
  .object({
    kind: z.string(),
    metadata: z.object({ name: z.string(), namespace: z.string().exactOptional() }).catchall(json),
    status: z.record(z.string(), json).exactOptional(),
  })
  .catchall(json);

/** An object of any kind, as somebody writes it. */
export type Manifest = Readonly<z.infer<typeof manifest>>;

/** @throws ZodError when it is none. */
export function manifestOf(object: object): Manifest {
  return manifest.parse(object);
}

function succeeded({ status, body }: Answer): JsonValue {
  if (status < 200 || status > 299) throw new Error(`The API server answered ${status}: ${JSON.stringify(body)}`);
  return body;
}
