import { podResource } from '../kinds/pod.js';
import { items, member, text, type KubeObject } from '../objects/kube-object.js';
import { deleteObject } from '../writes/deletion.js';
import { kubernetesTime, type Registry } from '../writes/registry.js';
import { type AddressPool } from './address-pool.js';

const node = { name: 'simulated-node', address: '192.168.99.10' };
const options = { manager: 'kubelet', dryRun: false };

/** Scheduler and kubelet in one: every pod gets the node and an address at once, runs, and stops when it is deleted. */
export class Kubelet {
  readonly #addresses = new Map<string, string>();
  readonly #stopping = new Set<string>();

  /** @param terminationMilliseconds how long a pod takes to stop; 0: at once */
  constructor(
    private readonly registry: Registry,
    private readonly pool: AddressPool,
    private readonly terminationMilliseconds: number,
  ) {}

  start(): void {
    this.#careForAll();
    this.registry.store.onRestore(() => {
      this.#addresses.clear();
      this.pool.clear();
      this.#careForAll();
    });
    this.registry.store.onEvent(({ storage, type, object }) => {
      if (storage !== 'pods') return;
      if (type === 'DELETED') this.#forget(object);
      else this.#care(object);
    });
  }

  #careForAll(): void {
    for (const [, pod] of [...this.registry.store.entries('pods', '')]) this.#care(pod);
  }

  #care(pod: KubeObject): void {
    const { uid, deletionTimestamp } = pod.metadata;
    const address = text(pod, 'status', 'podIP');
    const known = this.#addresses.get(uid);
    if (address !== '' && address !== known) {
      if (known !== undefined) this.pool.free(known);
      this.#addresses.set(uid, address);
      this.pool.reserve(address);
    }
    if (deletionTimestamp !== undefined) this.#stop(pod);
    else if (text(pod, 'status', 'phase') === 'Pending' && !this.#addresses.has(uid)) this.#run(pod);
  }

  #run(pod: KubeObject): void {
    const { uid, name, namespace = '' } = pod.metadata;
    const hostNetwork = member(pod, 'spec')['hostNetwork'] === true;
    const address = hostNetwork ? node.address : this.pool.take();
    this.#addresses.set(uid, address);
    const nodeName = text(pod, 'spec', 'nodeName') || node.name;
    const bound = { ...pod, spec: { ...member(pod, 'spec'), nodeName } };
    const { object } = this.registry.replace(podResource, namespace, name, 'binding', bound, options);
    const running = {
      ...object,
      status: runningStatus(object, address, kubernetesTime(this.registry.surroundings.now())),
    };
    this.registry.replace(podResource, namespace, name, 'status', running, options);
  }

  #stop(pod: KubeObject): void {
    const { uid, name, namespace = '' } = pod.metadata;
    if (this.#stopping.has(uid)) return;
    this.#stopping.add(uid);
    const end = (): void => {
      const current = this.registry.store.get('pods', `${namespace}/${name}`);
      if (current?.metadata.uid !== uid) return;
      deleteObject(this.registry, podResource, namespace, name, { gracePeriodSeconds: 0, uid, dryRun: false });
    };
    if (this.terminationMilliseconds === 0) end();
    else setTimeout(end, this.terminationMilliseconds).unref();
  }

  #forget({ metadata: { uid } }: KubeObject): void {
    const address = this.#addresses.get(uid);
    if (address !== undefined) this.pool.free(address);
    this.#addresses.delete(uid);
    this.#stopping.delete(uid);
  }
}

function runningStatus(pod: KubeObject, podIP: string, time: string) {
  const condition = (type: string) => ({ type, status: 'True', lastProbeTime: null, lastTransitionTime: time });
  return {
    phase: 'Running',
    conditions: ['PodScheduled', 'Initialized', 'ContainersReady', 'Ready'].map(condition),
    hostIP: node.address,
    hostIPs: [{ ip: node.address }],
    podIP,
    podIPs: [{ ip: podIP }],
    startTime: time,
    containerStatuses: items(member(pod, 'spec')['containers']).map((container) => ({
      name: text(container, 'name'),
      image: text(container, 'image'),
      imageID: '',
      containerID: `simulated://${pod.metadata.uid}/${text(container, 'name')}`,
      ready: true,
      started: true,
      restartCount: 0,
      state: { running: { startedAt: time } },
    })),
    qosClass: 'BestEffort',
  };
}
