import { type Change, type ChangeBatch } from '#core/change';
import { objectKinds } from '#core/kinds';
import { type ClusterObject, type PodObject } from '#core/objects';
import { systemClock } from '#platform/clock';
import { dataSource, migrate } from '#project/adapters/data-source';
import { PostgresDesiredState } from '#project/adapters/postgres-desired-state';
import { Projector } from '#project/adapters/projector';
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
import { atLeast, type Benchmark, percentile, timed } from './benchmark.js';

const namespaces = 50;
const servicesPerNamespace = 20;
const podsPerService = 10;
const changesPerBatch = 500;
const batches = 60;
const reads = 15;

/** What the projector has to reach, in changes a second. */
const required = 3_000;

export const benchmark: Benchmark = {
  name: 'projector',
  about:
    `${namespaces * servicesPerNamespace} service rules over ${namespaces * servicesPerNamespace * podsPerService} pods ` +
    `in one tenant: pods replaced in batches of ${changesPerBatch} changes, and what the worker then reads`,
  async run(context) {
    const { databaseUrl } = context;
    await migrate(databaseUrl);
    const source = await dataSource(databaseUrl);
    try {
      const projector = new Projector({
        source,
        clock: systemClock,
        cluster: 'k8s',
        controllerNamespace: 'kube-system',
      });
      const cluster = new RollingCluster();
      context.progress('listing the cluster');
      const listing = await timed(() => list(projector, cluster.objects()));
      context.progress('warming up');
      for (let round = 0; round < batches / 10; round += 1) await projector.project(cluster.nextBatch());
      context.progress(`${batches} batches`);
      const messages = Array.from({ length: batches }, () => cluster.nextBatch());
      const rolling = await timed(async () => {
        for (const message of messages) await projector.project(message);
      });
      context.progress(`reading the tenant ${reads} times`);
      const reading = await readTimes(new PostgresDesiredState(source, systemClock));
      const changes = messages.reduce((sum, message) => sum + message.changes.length, 0);
      const measurements = {
        listObjectsPerSecond: cluster.size / listing.seconds,
        changesPerSecond: changes / rolling.seconds,
        cpuMicrosecondsPerChange: (rolling.cpuSeconds / changes) * 1e6,
        readMilliseconds: percentile(reading, 0.5),
      };
      return { measurements, ratios: {}, budgets: [atLeast(measurements, 'changesPerSecond', required)] };
    } finally {
      await source.destroy();
    }
  },
};

async function list(projector: Projector, objects: readonly ClusterObject[]): Promise<void> {
  const names = Array.from({ length: namespaces }, (_, index) => `team-${index}`);
  const text = configurationText({ tenant: [{ name: 'Common', namespaces: names.join(',') }] });
  await projector.project(configurationMessage(text));
  for (const kind of objectKinds) {
    const ofKind = objects.filter((object) => object.kind === kind);
    const chunks = Math.max(1, Math.ceil(ofKind.length / changesPerBatch));
    for (let index = 0; index < chunks; index += 1) {
      const part = ofKind.slice(index * changesPerBatch, (index + 1) * changesPerBatch);
      await projector.project(chunk(kind, firstVersion, part, { index, last: index === chunks - 1 }));
    }
  }
}

async function readTimes(desired: PostgresDesiredState): Promise<number[]> {
  const times: number[] = [];
  for (let read = 0; read < reads; read += 1) {
    const { seconds } = await timed(() => desired.work('bigip'));
    times.push(seconds * 1_000);
  }
  return times;
}

const firstVersion = 1_000;

/** A cluster all of whose pods are replaced, service by service. */
class RollingCluster {
  private pods = 0;
  private version = firstVersion;
  private turn = 0;
  private readonly services = Array.from({ length: namespaces * servicesPerNamespace }, (_, index) => {
    const where = `team-${index % namespaces}`;
    const name = `service-${index}`;
    const pods = Array.from({ length: podsPerService }, () => this.newPod(where, name));
    return { where, name, pods };
  });

  get size(): number {
    return this.objects().length;
  }

  objects(): ClusterObject[] {
    const names = Array.from({ length: namespaces }, (_, index) => `team-${index}`);
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

  nextBatch(): ChangeBatch {
    const from = this.version;
    const changes: Change[] = [];
    while (changes.length + 4 <= changesPerBatch) changes.push(...this.replacePod());
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
    const index = Math.floor(this.turn / podsPerService) % this.services.length;
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
