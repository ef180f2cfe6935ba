import { systemClock } from '#platform/clock';
import { dataSource, migrate } from '#project/adapters/data-source';
import { PostgresApplyLog } from '#project/adapters/postgres-apply-log';
import { PostgresDesiredState } from '#project/adapters/postgres-desired-state';
import { Projector } from '#project/adapters/projector';
import { Replay } from '#project/adapters/replay/replay';
import { lastPosition } from '#project/adapters/sql';
import { isSame } from '#project/ports/replay';
import { type DataSource } from 'typeorm';
import { atLeast, type Benchmark, timed } from './benchmark.js';
import { RollingCluster } from './rolling-cluster.js';

const dimensions = { namespaces: 20, servicesPerNamespace: 10, podsPerService: 10 };
const services = dimensions.namespaces * dimensions.servicesPerNamespace;

/** Changes in the batches, in turn: a watcher sees few at a time, and now and then a deployment. */
const batchSizes = [4, 4, 8, 4, 20, 4, 100, 8, 4, 44];

/** After each round of batches the tenant is declared. */
const events = Number(process.env['REPLAY_EVENTS'] ?? 100_000);

/** What a replay has to reach, in events a second. */
const required = 4_000;

export const benchmark: Benchmark = {
  name: 'replay',
  about:
    `${events} events (REPLAY_EVENTS; the promise is about 1000000): ${services} service rules over ` +
    `${services * dimensions.podsPerService} pods in one tenant that is declared after every ${batchSizes.length} ` +
    `batches of ${Math.min(...batchSizes)} to ${Math.max(...batchSizes)} changes; replayed, and compared with what was lived`,
  async run(context) {
    const { databaseUrl } = context;
    await migrate(databaseUrl);
    const source = await dataSource(databaseUrl);
    try {
      context.progress('living');
      const living = await timed(() => live(source));
      context.progress('replaying');
      const replay = await Replay.open(databaseUrl, { clock: systemClock });
      const { result: report, cpuSeconds } = await timed(() => replay.compare(1)).finally(() => replay.close());
      if (!isSame(report)) throw new Error(`the replay differs: ${JSON.stringify(report.tables)}`);
      const measurements = {
        events: report.position,
        livedEventsPerSecond: report.position / living.seconds,
        eventsPerSecond: report.eventsPerSecond,
        cpuMicrosecondsPerEvent: (cpuSeconds / report.position) * 1e6,
        residentMebibytes: process.memoryUsage.rss() / 2 ** 20,
      };
      return { measurements, ratios: {}, budgets: [atLeast(measurements, 'eventsPerSecond', required)] };
    } finally {
      await source.destroy();
    }
  },
};

/** Projects changes and declares the tenant until the log is as long as it should be. */
async function live(source: DataSource): Promise<void> {
  const projector = new Projector({ source, clock: systemClock, cluster: 'k8s', controllerNamespace: 'kube-system' });
  const desired = new PostgresDesiredState(source, systemClock);
  const log = new PostgresApplyLog(source, systemClock);
  const cluster = new RollingCluster(dimensions);
  await cluster.list(projector);
  const lease = await log.acquire('bigip', 'bench', 3_600_000);
  if (lease === null) throw new Error('the lease is taken');
  while ((await lastPosition(source)) < events) {
    for (const size of batchSizes) await projector.project(cluster.nextBatch(size));
    const { tenants, position } = await desired.work('bigip');
    for (const {
      desired: { tenant, rules },
    } of tenants) {
      const planned = { tenant, purpose: 'change', position, digest: `${position}`, rules } as const;
      const { id } = await log.begin(lease, { ...planned, declaration: {}, heldBack: [] });
      const now = systemClock.now();
      await log.conclude(lease, id, { type: 'applied', effectiveFrom: now, effectiveTo: now, heldBack: [] });
    }
  }
}
