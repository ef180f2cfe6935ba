import { systemClock } from '#platform/clock';
import { dataSource, migrate } from '#project/adapters/data-source';
import { PostgresDesiredState } from '#project/adapters/postgres-desired-state';
import { Projector } from '#project/adapters/projector';
import { atLeast, type Benchmark, percentile, timed } from './benchmark.js';
import { type DataSource } from 'typeorm';
import { RollingCluster } from './rolling-cluster.js';

const dimensions = { namespaces: 50, servicesPerNamespace: 20, podsPerService: 10 };
const services = dimensions.namespaces * dimensions.servicesPerNamespace;
const changesPerBatch = 500;
const batches = 60;
const reads = 15;

/** What the projector has to reach, in changes a second. */
const required = 3_000;

/** And in proportion to what PostgreSQL takes of the same events when nothing else is done. */
const shareOfBareRate = 1 / 6;

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
      const before = await newestPosition(source);
      const bytesBefore = await databaseBytes(source);
      const messages = Array.from({ length: batches }, () => cluster.nextBatch(changesPerBatch));
      const changes = messages.reduce((sum, message) => sum + message.changes.length, 0);
      const rolling = await timed(async () => {
        for (const message of messages) await projector.project(message);
      });
      const bytes = (await databaseBytes(source)) - bytesBefore;
      context.progress('the same events by a bare statement');
      const bare = await bareRate(source, before);
      context.progress(`reading the tenant ${reads} times`);
      const reading = await readTimes(new PostgresDesiredState(source, systemClock));
      const measurements = {
        listObjectsPerSecond: cluster.size / listing.seconds,
        changesPerSecond: changes / rolling.seconds,
        bareRowsPerSecond: bare,
        databaseBytesPerChange: bytes / changes,
        cpuMicrosecondsPerChange: (rolling.cpuSeconds / changes) * 1e6,
        readMilliseconds: percentile(reading, 0.5),
      };
      const ratios = { changesToBareRows: measurements.changesPerSecond / bare };
      const budgets = [
        atLeast(measurements, 'changesPerSecond', required),
        atLeast(ratios, 'changesToBareRows', shareOfBareRate),
      ];
      return { measurements, ratios, budgets };
    } finally {
      await source.destroy();
    }
  },
};

async function newestPosition(source: DataSource): Promise<string> {
  const rows = await source.query<{ position: string }[]>('SELECT max(position)::text AS position FROM event');
  return rows[0]?.position ?? '0';
}

async function databaseBytes(source: DataSource): Promise<number> {
  const size = 'SELECT pg_database_size(current_database())::float8 AS bytes';
  const rows = await source.query<{ bytes: number }[]>(size);
  return rows[0]?.bytes ?? 0;
}

/** Rows a second at which the events after a position go into an empty copy of their table, a statement a batch. */
async function bareRate(source: DataSource, after: string): Promise<number> {
  await source.query('CREATE TABLE bare_event (LIKE event INCLUDING ALL)');
  const batched = `SELECT jsonb_agg(to_jsonb(event) ORDER BY position)::text AS rows FROM event
    WHERE position > $1 GROUP BY (position - $1 - 1) / ${changesPerBatch} ORDER BY min(position)`;
  const payloads = await source.query<{ rows: string }[]>(batched, [after]);
  const insert = 'INSERT INTO bare_event SELECT * FROM jsonb_populate_recordset(NULL::bare_event, $1::jsonb)';
  const { seconds } = await timed(async () => {
    for (const { rows } of payloads) await source.query(insert, [rows]);
  });
  const counted = await source.query<{ count: number }[]>('SELECT count(*)::int AS count FROM bare_event');
  return (counted[0]?.count ?? 0) / seconds;
}

async function readTimes(desired: PostgresDesiredState): Promise<number[]> {
  const times: number[] = [];
  for (let read = 0; read < reads; read += 1) {
    const { seconds } = await timed(() => desired.work('bigip'));
    times.push(seconds * 1_000);
  }
  return times;
}
