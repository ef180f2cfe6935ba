import { systemClock } from '#platform/clock';
import { dataSource, migrate } from '#project/adapters/data-source';
import { PostgresDesiredState } from '#project/adapters/postgres-desired-state';
import { Projector } from '#project/adapters/projector';
import { atLeast, type Benchmark, percentile, timed } from './benchmark.js';
import { RollingCluster } from './rolling-cluster.js';

const dimensions = { namespaces: 50, servicesPerNamespace: 20, podsPerService: 10 };
const services = dimensions.namespaces * dimensions.servicesPerNamespace;
const changesPerBatch = 500;
const batches = 60;
const reads = 15;

/** What the projector has to reach, in changes a second. */
const required = 3_000;

export const benchmark: Benchmark = {
  name: 'projector',
  about:
    `${services} service rules over ${services * dimensions.podsPerService} pods ` +
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
      const cluster = new RollingCluster(dimensions);
      context.progress('listing the cluster');
      const listing = await timed(() => cluster.list(projector));
      context.progress('warming up');
      for (let round = 0; round < batches / 10; round += 1) await projector.project(cluster.nextBatch(changesPerBatch));
      context.progress(`${batches} batches`);
      const messages = Array.from({ length: batches }, () => cluster.nextBatch(changesPerBatch));
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

async function readTimes(desired: PostgresDesiredState): Promise<number[]> {
  const times: number[] = [];
  for (let read = 0; read < reads; read += 1) {
    const { seconds } = await timed(() => desired.work('bigip'));
    times.push(seconds * 1_000);
  }
  return times;
}
