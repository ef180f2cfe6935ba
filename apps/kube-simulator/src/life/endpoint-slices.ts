import { type JsonObject } from '#core/json';
import { endpointSliceResource, sameEndpoints } from '../kinds/endpoint-slice.js';
import { items, member, text, type KubeObject } from '../objects/kube-object.js';
import { deleteObject } from '../writes/deletion.js';
import { type Registry } from '../writes/registry.js';

const serviceLabel = 'kubernetes.io/service-name';
const managedByLabel = 'endpointslice.kubernetes.io/managed-by';
const controller = 'endpointslice-controller.k8s.io';
const options = { manager: 'kube-controller-manager', dryRun: false };

/** As many endpoints as Kubernetes' own controller puts into one slice. */
const mostEndpoints = 100;

/** What one namespace holds, gathered once for all of its services. */
interface NamespaceView {
  readonly pods: readonly KubeObject[];
  readonly slicesOf: ReadonlyMap<string, readonly KubeObject[]>;
}

/** Keeps the EndpointSlices of every Service with a selector in step with the pods that it selects. */
export class EndpointSliceController {
  readonly #dirtyServices = new Set<string>();
  readonly #dirtyNamespaces = new Set<string>();
  #batches = 0;

  constructor(private readonly registry: Registry) {}

  start(): void {
    for (const [key] of this.registry.store.entries('services', '')) this.#dirtyServices.add(key);
    this.registry.store.onEvent(({ storage, object, previous }) => {
      if (storage === 'services') this.#dirtyServices.add(serviceKey(object));
      if (storage === 'pods') this.#podChanged(object, previous);
      if (this.#batches === 0) this.#flush();
    });
    this.#flush();
  }

  /** Slices follow once at the end of the work, not after each of its steps. */
  batch(work: () => void): void {
    this.#batches += 1;
    try {
      work();
    } finally {
      this.#batches -= 1;
      if (this.#batches === 0) this.#flush();
    }
  }

  #podChanged(pod: KubeObject, previous: KubeObject | undefined): void {
    const { namespace = '' } = pod.metadata;
    if (this.#batches > 0) {
      this.#dirtyNamespaces.add(namespace);
      return;
    }
    for (const [key, service] of this.registry.store.entries('services', `${namespace}/`)) {
      if (selects(service, pod) || (previous !== undefined && selects(service, previous))) this.#dirtyServices.add(key);
    }
  }

  #flush(): void {
    for (const namespace of this.#dirtyNamespaces) {
      for (const [key] of this.registry.store.entries('services', `${namespace}/`)) this.#dirtyServices.add(key);
    }
    this.#dirtyNamespaces.clear();
    const views = new Map<string, NamespaceView>();
    for (const key of this.#dirtyServices) {
      this.#dirtyServices.delete(key);
      const [namespace = '', name = ''] = key.split('/');
      const view = views.get(namespace) ?? this.#view(namespace);
      views.set(namespace, view);
      this.#sync(this.registry.store.get('services', key), view.slicesOf.get(name) ?? [], view.pods);
    }
  }

  #view(namespace: string): NamespaceView {
    const { store } = this.registry;
    const slicesOf = new Map<string, KubeObject[]>();
    for (const [, slice] of store.entries(endpointSliceResource.storage, `${namespace}/`)) {
      const { [serviceLabel]: service, [managedByLabel]: manager } = slice.metadata.labels ?? {};
      if (service === undefined || manager !== controller) continue;
      slicesOf.set(service, [...(slicesOf.get(service) ?? []), slice]);
    }
    return { pods: [...store.entries('pods', `${namespace}/`)].map(([, pod]) => pod), slicesOf };
  }

  #sync(service: KubeObject | undefined, slices: readonly KubeObject[], pods: readonly KubeObject[]): void {
    if (service === undefined || Object.keys(selectorOf(service)).length === 0) {
      for (const slice of slices) this.#delete(slice);
      return;
    }
    const selected = pods.filter((pod) => isEndpoint(service, pod));
    const wanted = new Map(selected.map((pod) => [pod.metadata.uid, endpointOf(service, pod)]));
    this.#distribute(service, slices, wanted, portsOf(service, selected[0]));
  }

  /** Each endpoint stays in the slice where it is; new ones fill what room there is, then new slices. */
  #distribute(
    service: KubeObject,
    slices: readonly KubeObject[],
    wanted: ReadonlyMap<string, JsonObject>,
    ports: readonly JsonObject[],
  ): void {
    const unplaced = new Map(wanted);
    const kept = slices.map((slice) => {
      const uids = items(slice['endpoints']).map((endpoint) => text(endpoint, 'targetRef', 'uid'));
      const endpoints = uids.flatMap((uid) => unplaced.get(uid) ?? []);
      uids.forEach((uid) => unplaced.delete(uid));
      return { slice, endpoints };
    });
    const waiting = [...unplaced.values()];
    for (const { slice, endpoints } of kept) {
      endpoints.push(...waiting.splice(0, mostEndpoints - endpoints.length));
      const next = { ...slice, endpoints, ports };
      if (endpoints.length === 0 && wanted.size > 0) this.#delete(slice);
      else if (!sameEndpoints(slice, next)) this.#replace(next);
    }
    while (waiting.length > 0) this.#create(service, waiting.splice(0, mostEndpoints), ports);
    if (wanted.size === 0 && slices.length === 0) this.#create(service, [], ports);
  }

  #create(service: KubeObject, endpoints: readonly JsonObject[], ports: readonly JsonObject[]): void {
    const { name, namespace = '', uid } = service.metadata;
    const slice = {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: {
        generateName: `${name}-`,
        labels: { [serviceLabel]: name, [managedByLabel]: controller },
        ownerReferences: [{ apiVersion: 'v1', kind: 'Service', name, uid, controller: true, blockOwnerDeletion: true }],
      },
      addressType: 'IPv4',
      endpoints,
      ports,
    };
    this.registry.create(endpointSliceResource, namespace, slice, options);
  }

  #replace(slice: KubeObject): void {
    const { name, namespace = '' } = slice.metadata;
    this.registry.replace(endpointSliceResource, namespace, name, '', slice, options);
  }

  #delete({ metadata: { name, namespace = '' } }: KubeObject): void {
    deleteObject(this.registry, endpointSliceResource, namespace, name, { dryRun: false });
  }
}

function serviceKey({ metadata: { namespace = '', name } }: KubeObject): string {
  return `${namespace}/${name}`;
}

const selectorOf = (service: KubeObject): JsonObject => member(member(service, 'spec'), 'selector');

function selects(service: KubeObject, pod: KubeObject): boolean {
  const selector = Object.entries(selectorOf(service));
  return selector.length > 0 && selector.every(([key, value]) => pod.metadata.labels?.[key] === value);
}

function isEndpoint(service: KubeObject, pod: KubeObject): boolean {
  const finished = ['Succeeded', 'Failed'].includes(text(pod, 'status', 'phase'));
  return !finished && text(pod, 'status', 'podIP') !== '' && selects(service, pod);
}

function endpointOf(service: KubeObject, pod: KubeObject): JsonObject {
  const { name, namespace = '', uid, deletionTimestamp } = pod.metadata;
  const conditions = items(member(pod, 'status')['conditions']);
  const serving = conditions.some((condition) => condition['type'] === 'Ready' && condition['status'] === 'True');
  const terminating = deletionTimestamp !== undefined;
  const always = member(service, 'spec')['publishNotReadyAddresses'] === true;
  return {
    addresses: [text(pod, 'status', 'podIP')],
    conditions: { ready: always || (serving && !terminating), serving, terminating },
    nodeName: text(pod, 'spec', 'nodeName'),
    targetRef: { kind: 'Pod', namespace, name, uid },
  };
}

/** The ports at the pods: a named target port is looked up in the first of them. */
function portsOf(service: KubeObject, pod: KubeObject | undefined): readonly JsonObject[] {
  return items(member(service, 'spec')['ports']).map(
    ({ name = '', protocol = 'TCP', port = 0, targetPort = port }) => ({
      name,
      protocol,
      port: typeof targetPort === 'number' ? targetPort : (containerPort(pod, text(targetPort)) ?? port),
    }),
  );
}

function containerPort(pod: KubeObject | undefined, name: string): number | undefined {
  if (pod === undefined) return undefined;
  const ports = items(member(pod, 'spec')['containers']).flatMap((container) => items(container['ports']));
  const found = ports.find((port) => port['name'] === name)?.['containerPort'];
  return typeof found === 'number' ? found : undefined;
}
