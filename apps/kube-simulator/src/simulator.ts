import { randomBytes, randomUUID } from 'node:crypto';
import { createCertificates, type Certificates } from '#platform/certificates';
import { FaultPlan } from './faults/fault-plan.js';
import { faultSchema, type Fault, type RequestFault } from './faults/fault.js';
import { AccessTable, mastersGroup, type SimulatedUser } from './http/access.js';
import { ApiServer } from './http/api-server.js';
import { Control, type Controlled } from './http/control.js';
import { Listener } from './http/listener.js';
import { ReadHandlers } from './http/read-handlers.js';
import { RequestLog, type RequestRecord } from './http/request-log.js';
import { WriteHandlers } from './http/write-handlers.js';
import { makeKubeconfig } from './kubeconfig.js';
import { AddressPool } from './life/address-pool.js';
import { ClusterLife, type DeploymentSpec } from './life/cluster-life.js';
import { startNamespaceController } from './life/namespace-controller.js';
import { ObjectAccess } from './object-access.js';
import { type KubeObject } from './objects/kube-object.js';
import { Serializer } from './reads/serializer.js';
import { WatchHub, type OpenWatch } from './reads/watch-hub.js';
import { Store, type Backup } from './storage/store.js';
import { Registry } from './writes/registry.js';

export interface KubeSimulatorOptions {
  /** Default 0: any free port. */
  readonly port?: number;
  /** The address to listen on; default 127.0.0.1. With 0.0.0.0 it can be reached from other machines too. */
  readonly host?: string;
  /** Bearer token of the administrator; random by default. */
  readonly token?: string;
  /** Who else is known, for authentication, access checks and reviews. */
  readonly users?: readonly SimulatedUser[];
  /** Milliseconds between the bookmarks of a watch; default 60,000. */
  readonly bookmarkInterval?: number;
  /** Milliseconds after which a watch without timeoutSeconds ends; default 45 minutes. */
  readonly watchTimeout?: number;
  /** Milliseconds that a list waits for a version that is not there yet; default 3,000. */
  readonly freshnessWait?: number;
  /** How a watch from a forgotten version is refused; default `event`, as kube-apiserver does. */
  readonly expiredWatch?: 'event' | 'response';
  /** Writes that the history holds; default 50,000. */
  readonly retainedEvents?: number;
  /** Whether pods run and endpoint slices follow from the start; by default from the first deployment on. */
  readonly clusterLife?: boolean;
  /** Default `10.244.0.0/16`. */
  readonly podCidr?: string;
  /** Milliseconds that a deleted pod takes to stop; default 0. */
  readonly podTermination?: number;
  readonly now?: () => Date;
}

/**
 * Starts the part of the Kubernetes API that CES uses, on a loopback port, over TLS. Its store lives in memory.
 * @throws Error when the port is taken
 */
export async function startKubeSimulator(options: KubeSimulatorOptions = {}): Promise<KubeSimulator> {
  const simulator = new KubeSimulator(options, await createCertificates());
  await simulator.listen();
  return simulator;
}

const serviceCidr = '10.96.0.0/16';
const initialNamespaces = ['default', 'kube-node-lease', 'kube-public', 'kube-system'];
const mostRequests = 10_000;

/** A running simulator, with what tests and demos do to it from within its process. */
export class KubeSimulator extends ObjectAccess implements Controlled {
  readonly token: string;
  readonly caCertificate: string;
  readonly #store: Store;
  readonly #hub: WatchHub;
  readonly #reads: ReadHandlers;
  readonly #life: ClusterLife;
  readonly #faults = new FaultPlan();
  readonly #log = new RequestLog(mostRequests);
  readonly #listener: Listener;

  constructor(options: KubeSimulatorOptions, certificates: Certificates) {
    const now = options.now ?? (() => new Date());
    const minute = 60_000;
    const serviceAddresses = new AddressPool(serviceCidr);
    const serializer = new Serializer();
    const store = new Store(options.retainedEvents ?? 50_000);
    const clusterIp = (): string => serviceAddresses.take();
    super(new Registry(store, { now, uid: randomUUID, nameSuffix: randomSuffix, clusterIp }));
    this.#store = store;
    this.token = options.token ?? randomBytes(24).toString('base64url');
    this.caCertificate = certificates.authority;
    this.#hub = new WatchHub(this.#store, serializer, now, {
      bookmarkInterval: options.bookmarkInterval ?? minute,
      defaultTimeout: options.watchTimeout ?? 45 * minute,
    });
    this.#reads = new ReadHandlers(this.registry, this.#hub, serializer, {
      freshnessWait: options.freshnessWait ?? 3_000,
      expiredWatch: options.expiredWatch ?? 'event',
    });
    this.#life = new ClusterLife(this.registry, {
      podCidr: options.podCidr ?? '10.244.0.0/16',
      podTerminationMilliseconds: options.podTermination ?? 0,
    });
    const administrator = { token: this.token, username: 'kubernetes-admin', groups: [mastersGroup] };
    const server = new ApiServer({
      reads: this.#reads,
      writes: new WriteHandlers(this.registry, this.#reads, serializer),
      access: new AccessTable([administrator, ...(options.users ?? [])]),
      faults: this.#faults,
      control: new Control(this),
      log: this.#log,
      now,
      resetConnection: (response) => {
        this.#listener.reset(response);
      },
    });
    const { host = '127.0.0.1', port = 0 } = options;
    this.#listener = new Listener(certificates, { host, port }, (request, response) => {
      server.handle(request, response);
    });
    startNamespaceController(this.registry);
    for (const name of initialNamespaces) this.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    if (options.clusterLife === true) this.#life.start();
  }

  /** `https://127.0.0.1:PORT` */
  get url(): string {
    return this.#listener.url;
  }

  /** YAML for kubectl and the client libraries, with the administrator's token. */
  get kubeconfig(): string {
    return this.kubeconfigFor(this.token);
  }

  kubeconfigFor(token: string): string {
    return makeKubeconfig(this.url, this.caCertificate, token);
  }

  /** The version of the newest write. */
  get resourceVersion(): string {
    return String(this.#store.revision);
  }

  get compactedResourceVersion(): string {
    return String(this.#store.compactedRevision);
  }

  /** The requests to the API, oldest first, the last ten thousand. */
  get requests(): readonly RequestRecord[] {
    return this.#log.records;
  }

  clearRequests(): void {
    this.#log.clear();
  }

  get openWatches(): readonly OpenWatch[] {
    return this.#hub.openWatches;
  }

  /** How many watches are open, of one resource (`pods`) or of all. */
  watchCount(resource?: string): number {
    return this.openWatches.filter((watch) => resource === undefined || watch.resource === resource).length;
  }

  /** From now on pods run and endpoint slices follow. */
  startClusterLife(): void {
    this.#life.start();
  }

  runDeployment(spec: DeploymentSpec): readonly KubeObject[] {
    return this.#life.runDeployment(spec);
  }

  scale(namespace: string, name: string, replicas: number): readonly KubeObject[] {
    return this.#life.scale(namespace, name, replicas);
  }

  replacePods(namespace: string, name: string): readonly KubeObject[] {
    return this.#life.replacePods(namespace, name);
  }

  removeDeployment(namespace: string, name: string): void {
    this.#life.removeDeployment(namespace, name);
  }

  /** Plans a fault for requests to come, or inflicts one on open watches; how many watches it hit. */
  inject(fault: Fault): number {
    const parsed = faultSchema.parse(fault);
    switch (parsed.fault) {
      case 'status':
      case 'delay':
      case 'reset':
      case 'cut-body':
      case 'silence':
        this.#faults.add(parsed);
        return 0;
      default:
        return this.#hub.inflict(parsed);
    }
  }

  get plannedFaults(): readonly RequestFault[] {
    return this.#faults.planned;
  }

  clearFaults(): void {
    this.#faults.clear();
    this.#hub.forgetDrops();
    this.thawWatchCache();
  }

  /** From now on, reads that take any version (resourceVersion 0) see the state of this moment. */
  freezeWatchCache(): void {
    this.#reads.staleRevision = this.#store.revision;
  }

  thawWatchCache(): void {
    this.#reads.staleRevision = undefined;
  }

  /** Forgets the history up to a version, by default up to now: watches and pages from before are answered 410. */
  compact(resourceVersion = this.resourceVersion): void {
    this.#store.compact(Number(resourceVersion));
  }

  backup(): Backup {
    return this.#store.backup();
  }

  /** Back to an earlier state, as after a restore of etcd: versions run backwards, and all watches are reset. */
  restore(backup: Backup): void {
    this.#store.restore(backup);
  }

  /** Refuses connections for a while, after resetting those that are open. */
  async outage(milliseconds: number): Promise<void> {
    await this.stopListening();
    await new Promise((resolve) => setTimeout(resolve, milliseconds));
    await this.listen();
  }

  /**
   * Changes that no watch sees as they happen: the server is away meanwhile. With `compact`, watches cannot catch
   * up on them afterwards, and clients have to list again.
   */
  async inWatchGap(change: () => void, { compact = false } = {}): Promise<void> {
    await this.stopListening();
    change();
    if (compact) this.compact();
    await this.listen();
  }

  /** Resets all connections, and refuses new ones until `listen`. */
  async stopListening(): Promise<void> {
    await this.#listener.stop();
  }

  /** Takes connections, on the same port as before. */
  async listen(): Promise<void> {
    await this.#listener.listen();
  }

  /** Ends all watches and connections properly. */
  async close(): Promise<void> {
    this.inject({ fault: 'close-watches' });
    await this.#listener.end();
  }
}

const suffixAlphabet = 'bcdfghjklmnpqrstvwxz2456789';

function randomSuffix(): string {
  return [...randomBytes(5)].map((byte) => suffixAlphabet[byte % suffixAlphabet.length]).join('');
}
