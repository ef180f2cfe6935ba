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
/** So many are projected before the bare statement has its turn with the same events. */
const batchesPerBlock = 6;
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
      const { rolling, bare } = await roll(source, projector, cluster);
      context.progress(`reading the tenant ${reads} times`);
      const reading = await readTimes(new PostgresDesiredState(source, systemClock));
      const measurements = {
        listObjectsPerSecond: cluster.size / listing.seconds,
        changesPerSecond: rolling.changes / rolling.seconds,
        bareRowsPerSecond: bare.rows / bare.seconds,
        databaseBytesPerChange: rolling.bytes / rolling.changes,
        cpuMicrosecondsPerChange: (rolling.cpuSeconds / rolling.changes) * 1e6,
        readMilliseconds: percentile(reading, 0.5),
      };
      const ratios = { changesToBareRows: measurements.changesPerSecond / measurements.bareRowsPerSecond };
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

/** Projects batch upon batch, and block by block has the bare statement take the same events. */
async function roll(source: DataSource, projector: Projector, cluster: RollingCluster) {
  await source.query('CREATE TABLE bare_event (LIKE event INCLUDING ALL)');
  const rolling = { changes: 0, seconds: 0, cpuSeconds: 0, bytes: 0 };
  const bare = { rows: 0, seconds: 0 };
  for (let block = 0; block < batches / batchesPerBlock; block += 1) {
    const messages = Array.from({ length: batchesPerBlock }, () => cluster.nextBatch(changesPerBatch));
    const before = await newestPosition(source);
    const bytesBefore = await databaseBytes(source);
    const { seconds, cpuSeconds } = await timed(async () => {
      for (const message of messages) await projector.project(message);
    });
    rolling.changes += messages.reduce((sum, message) => sum + message.changes.length, 0);
    rolling.seconds += seconds;
    rolling.cpuSeconds += cpuSeconds;
    rolling.bytes += (await databaseBytes(source)) - bytesBefore;
    // At once, so that both sides have the same machine: who else uses it changes from one moment to the next.
    const inserted = await insertBare(source, before);
    bare.rows += inserted.rows;
    bare.seconds += inserted.seconds;
  }
  return { rolling, bare };
}

async function newestPosition(source: DataSource): Promise<string> {
  const rows = await source.query<{ position: string }[]>('SELECT max(position)::text AS position FROM event');
  return rows[0]?.position ?? '0';
}

async function databaseBytes(source: DataSource): Promise<number> {
  const size = 'SELECT pg_database_size(current_database())::float8 AS bytes';
  const rows = await source.query<{ bytes: number }[]>(size);
  return rows[0]?.bytes ?? 0;
}

/** Puts the events after a position into a copy of their table, a statement a batch, as PostgreSQL takes them fastest. */
async function insertBare(
  source: DataSource,
  after: string,
): Promise<{ readonly rows: number; readonly seconds: number }> {
  const batched = `SELECT jsonb_agg(to_jsonb(event) ORDER BY position)::text AS rows FROM event
    WHERE position > $1 GROUP BY (position - $1 - 1) / ${changesPerBatch} ORDER BY min(position)`;
  const payloads = await source.query<{ rows: string }[]>(batched, [after]);
  const insert = 'INSERT INTO bare_event SELECT * FROM jsonb_populate_recordset(NULL::bare_event, $1::jsonb)';
  const { seconds } = await timed(async () => {
    for (const { rows } of payloads) await source.query(insert, [rows]);
  });
  const counted = await source.query<{ count: number }[]>(
    'SELECT count(*)::int AS count FROM bare_event WHERE position > $1',
    [after],
  );
  return { rows: counted[0]?.count ?? 0, seconds };
}

async function readTimes(desired: PostgresDesiredState): Promise<number[]> {
  const times: number[] = [];
  for (let read = 0; read < reads; read += 1) {
    const { seconds } = await timed(() => desired.work('bigip'));
    times.push(seconds * 1_000);
  }
  return times;
}
