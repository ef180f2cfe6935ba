import { type Change, type ChangeBatch } from '#core/change';
import { objectKinds } from '#core/kinds';
import { type ClusterObject, type PodObject } from '#core/objects';
import { type Projector } from '#project/adapters/projector';
import { put } from '#testing/project/cluster-spec';
import { batch, chunk, configurationMessage } from '#testing/project/messages';
import {
  configurationText,
  endpoints,
  externalService,
  namespace,
  pod,
  service,
  serviceRule,
} from '#testing/project/objects';

export interface RollingClusterSize {
  readonly namespaces: number;
  readonly servicesPerNamespace: number;
  readonly podsPerService: number;
}

/** Changes in a chunk of a list. */
const chunkSize = 500;

const firstVersion = 1_000;

/** A cluster all of whose pods are replaced, service by service; a rule for each service, all in the tenant Common. */
export class RollingCluster {
  private pods = 0;
  private version = firstVersion;
  private turn = 0;
  private readonly names: readonly string[];
  private readonly services: readonly { readonly where: string; readonly name: string; readonly pods: PodObject[] }[];

  constructor(private readonly dimensions: RollingClusterSize) {
    const { namespaces, servicesPerNamespace, podsPerService } = dimensions;
    this.names = Array.from({ length: namespaces }, (_, index) => `team-${index}`);
    this.services = Array.from({ length: namespaces * servicesPerNamespace }, (_, index) => {
      const where = `team-${index % namespaces}`;
      const name = `service-${index}`;
      const pods = Array.from({ length: podsPerService }, () => this.newPod(where, name));
      return { where, name, pods };
    });
  }

  /** How many objects it has. */
  get size(): number {
    return this.objects().length;
  }

  /** Configures it and lists all of its objects. */
  async list(projector: Projector): Promise<void> {
    const text = configurationText({ tenant: [{ name: 'Common', namespaces: this.names.join(',') }] });
    await projector.project(configurationMessage(text));
    const objects = this.objects();
    for (const kind of objectKinds) {
      const ofKind = objects.filter((object) => object.kind === kind);
      const chunks = Math.max(1, Math.ceil(ofKind.length / chunkSize));
      for (let index = 0; index < chunks; index += 1) {
        const part = ofKind.slice(index * chunkSize, (index + 1) * chunkSize);
        await projector.project(chunk(kind, firstVersion, part, { index, last: index === chunks - 1 }));
      }
    }
  }

  private objects(): ClusterObject[] {
    const { names } = this;
    return [
      ...names.map((name) => namespace(name)),
      ...names.map((name) => externalService('payments', {}, { namespace: name })),
      ...this.services.flatMap(({ where, name, pods }) => [
        service(name, { namespace: where }),
        ...pods,
        endpoints(name, pods, { namespace: where }),
        serviceRule(name, { service: name }, { namespace: where }),
      ]),
    ];
  }

  /** So many changes, in fours. */
  nextBatch(size: number): ChangeBatch {
    const from = this.version;
    const changes: Change[] = [];
    while (changes.length + 4 <= size) changes.push(...this.replacePod());
    return batch(
      [
        ['Pod', from, this.version],
        ['EndpointSlice', from, this.version],
      ],
      changes,
    );
  }

  /** What Kubernetes says when one pod takes the place of another. */
  private replacePod(): Change[] {
    const index = Math.floor(this.turn / this.dimensions.podsPerService) % this.services.length;
    this.turn += 1;
    const entry = this.services[index];
    const old = entry?.pods.shift();
    if (entry === undefined || old === undefined) throw new Error('there is no pod to replace');
    const { where, name, pods } = entry;
    const next = this.newPod(where, name);
    pods.push(next);
    const pending = { ...next, resourceVersion: this.nextVersion(), content: { ...next.content, addresses: [] } };
    const { kind, uid, namespace: of, name: podName } = old;
    return [
      put(pending),
      put({ ...next, resourceVersion: this.nextVersion() }),
      put(endpoints(name, pods, { namespace: where, resourceVersion: this.nextVersion() })),
      { type: 'delete', kind, uid, namespace: of, name: podName, resourceVersion: this.nextVersion() },
    ];
  }

  private newPod(where: string, serviceName: string): PodObject {
    this.pods += 1;
    const number = this.pods;
    return pod(`${serviceName}-7d9f8c6b5-${number}`, {
      namespace: where,
      addresses: [`10.${(number >> 16) & 255}.${(number >> 8) & 255}.${number & 255}`],
      labels: { app: serviceName, 'pod-template-hash': '7d9f8c6b5' },
      owner: `ReplicaSet/${serviceName}-7d9f8c6b5`,
    });
  }

  private nextVersion(): string {
    this.version += 1;
    return String(this.version);
  }
}
