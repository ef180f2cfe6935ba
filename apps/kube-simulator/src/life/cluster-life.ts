import { podResource } from '../kinds/pod.js';
import { type KubeObject } from '../objects/kube-object.js';
import { deleteObject } from '../writes/deletion.js';
import { type Registry } from '../writes/registry.js';
import { AddressPool } from './address-pool.js';
import { EndpointSliceController } from './endpoint-slices.js';
import { Kubelet } from './kubelet.js';

/** Pods that are kept running, like those of a Deployment and its ReplicaSet. */
export interface DeploymentSpec {
  readonly namespace: string;
  readonly name: string;
  readonly replicas: number;
  readonly labels: Readonly<Record<string, string>>;
  /** Default: `registry.example/NAME:1`. */
  readonly image?: string;
  /** The pods take their node's address. */
  readonly hostNetwork?: boolean;
}

interface Deployment {
  readonly spec: DeploymentSpec;
  readonly uid: string;
  replicas: number;
  /** Counts the roll-outs: each has a ReplicaSet of its own. */
  generation: number;
  /** Its pods are being changed: what is deleted meanwhile is not lost. */
  changing: boolean;
}

export interface LifeOptions {
  readonly podCidr: string;
  readonly podTerminationMilliseconds: number;
}

const options = { manager: 'kube-controller-manager', dryRun: false };

/**
 * A small controller manager and kubelet: pods run and get addresses, deployments keep their number of pods, and
 * EndpointSlices follow. Everything happens within the call or the write that causes it.
 */
export class ClusterLife {
  readonly #deployments = new Map<string, Deployment>();
  readonly #slices: EndpointSliceController;
  readonly #kubelet: Kubelet;
  /** In which order pods were made, by uid. */
  readonly #order = new Map<string, number>();
  #created = 0;
  #started = false;

  constructor(
    private readonly registry: Registry,
    { podCidr, podTerminationMilliseconds }: LifeOptions,
  ) {
    this.#slices = new EndpointSliceController(registry);
    this.#kubelet = new Kubelet(registry, new AddressPool(podCidr), podTerminationMilliseconds);
  }

  /** Without it, the store is all there is, as with a bare API server. */
  start(): void {
    if (this.#started) return;
    this.#started = true;
    this.#kubelet.start();
    this.#slices.start();
    this.registry.store.onEvent(({ storage, type, object }) => {
      if (storage === 'pods' && type === 'DELETED') this.#replaceLost(object);
      if (storage === 'namespaces' && type !== 'ADDED') this.#forgetNamespace(object);
    });
    this.registry.store.onRestore(() => {
      for (const deployment of this.#deployments.values()) deployment.replicas = this.#podsOf(deployment).length;
    });
  }

  /**
   * Starts pods and keeps so many of them; the pods, as they run.
   * @throws ApiError 404 when there is no such namespace
   */
  runDeployment(spec: DeploymentSpec): readonly KubeObject[] {
    this.start();
    const key = `${spec.namespace}/${spec.name}`;
    if (this.#deployments.has(key)) throw new Error(`there is a deployment ${key} already; use scale or replacePods`);
    const uid = this.registry.surroundings.uid();
    const deployment = { spec, uid, replicas: spec.replicas, generation: 1, changing: false };
    this.#deployments.set(key, deployment);
    return this.#change(deployment, () => {
      this.#reconcile(deployment);
    });
  }

  /** More pods, or fewer: the newest go first. */
  scale(namespace: string, name: string, replicas: number): readonly KubeObject[] {
    const deployment = this.#find(namespace, name);
    deployment.replicas = replicas;
    return this.#change(deployment, () => {
      this.#reconcile(deployment);
    });
  }

  /** New pods take the place of all present ones, as in a roll-out. */
  replacePods(namespace: string, name: string): readonly KubeObject[] {
    const deployment = this.#find(namespace, name);
    const old = this.#podsOf(deployment);
    deployment.generation += 1;
    return this.#change(deployment, () => {
      for (let count = 0; count < deployment.replicas; count += 1) this.#createPod(deployment);
      for (const pod of old) this.#deletePod(pod);
    });
  }

  removeDeployment(namespace: string, name: string): void {
    const deployment = this.#find(namespace, name);
    this.#deployments.delete(`${namespace}/${name}`);
    this.#slices.batch(() => {
      this.#podsOf(deployment).forEach((pod) => {
        this.#deletePod(pod);
      });
    });
  }

  #find(namespace: string, name: string): Deployment {
    const found = this.#deployments.get(`${namespace}/${name}`);
    if (found === undefined) throw new Error(`there is no deployment ${namespace}/${name}; begin with runDeployment`);
    return found;
  }

  #change(deployment: Deployment, work: () => void): readonly KubeObject[] {
    deployment.changing = true;
    try {
      this.#slices.batch(work);
    } finally {
      deployment.changing = false;
    }
    return this.#podsOf(deployment);
  }

  #reconcile(deployment: Deployment): void {
    const pods = this.#podsOf(deployment);
    for (let count = pods.length; count < deployment.replicas; count += 1) this.#createPod(deployment);
    for (const pod of pods.slice(deployment.replicas)) this.#deletePod(pod);
  }

  /** The living pods of a deployment, oldest first. */
  #podsOf({ spec, uid }: Deployment): readonly KubeObject[] {
    return [...this.registry.store.entries('pods', `${spec.namespace}/`)]
      .map(([, pod]) => pod)
      .filter(({ metadata }) => metadata.deletionTimestamp === undefined && ownerOf(metadata) === uid)
      .toSorted((one, other) => this.#orderOf(one) - this.#orderOf(other));
  }

  #orderOf({ metadata }: KubeObject): number {
    return this.#order.get(metadata.uid) ?? 0;
  }

  #createPod({ spec, uid, generation }: Deployment): void {
    const hash = templateHash(generation);
    const replicaSet = `${spec.name}-${hash}`;
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        generateName: `${replicaSet}-`,
        labels: { ...spec.labels, 'pod-template-hash': hash },
        ownerReferences: [
          {
            apiVersion: 'apps/v1',
            kind: 'ReplicaSet',
            name: replicaSet,
            uid,
            controller: true,
            blockOwnerDeletion: true,
          },
        ],
      },
      spec: {
        containers: [{ name: spec.name, image: spec.image ?? `registry.example/${spec.name}:1` }],
        ...(spec.hostNetwork === true ? { hostNetwork: true } : {}),
      },
    };
    this.#created += 1;
    this.#order.set(this.registry.create(podResource, spec.namespace, pod, options).metadata.uid, this.#created);
  }

  #deletePod({ metadata: { namespace = '', name, uid } }: KubeObject): void {
    deleteObject(this.registry, podResource, namespace, name, { uid, dryRun: false });
  }

  #replaceLost({ metadata }: KubeObject): void {
    this.#order.delete(metadata.uid);
    const owner = ownerOf(metadata);
    const deployment = [...this.#deployments.values()].find(({ uid }) => uid === owner);
    if (deployment === undefined || deployment.changing) return;
    this.#change(deployment, () => {
      this.#reconcile(deployment);
    });
  }

  #forgetNamespace({ metadata }: KubeObject): void {
    if (metadata.deletionTimestamp === undefined) return;
    for (const [key, { spec }] of this.#deployments)
      if (spec.namespace === metadata.name) this.#deployments.delete(key);
  }
}

function ownerOf({ ownerReferences }: KubeObject['metadata']): string {
  const uid = ownerReferences?.[0]?.['uid'];
  return typeof uid === 'string' ? uid : '';
}

/** Like the hash of a pod template: ten characters without vowels. */
function templateHash(generation: number): string {
  const alphabet = 'bcdfghjklmnpqrstvwxz2456789';
  let rest = generation * 7_919_993;
  let hash = '';
  while (hash.length < 10) {
    rest = (rest * 48_271 + 11) % 2_147_483_647;
    hash += alphabet[rest % alphabet.length] ?? '';
  }
  return hash;
}
