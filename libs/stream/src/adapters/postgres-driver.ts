import { type HealthState } from '#platform/health';
import {
  assertSchemaCompatibility,
  createPostgresBackend,
  LATEST_SCHEMA_VERSION,
  MIGRATION_ADVISORY_LOCK_KEY,
  runMigrations,
  SchemaMigrationRequiredError,
  withBackend,
} from 'bullmq';
import { Client } from 'pg';
import { eventRetention, type StreamDriver, workerOptions } from './stream-driver.js';

const { Queue, Worker } = withBackend(createPostgresBackend);

/**
 * Of a consumer's session: taking and finishing a job does not wait for the disk. A crash of the server may then
 * forget the newest of it, and a job comes once more, which handlers have to stand anyway.
 */
const forgetful = '-c synchronous_commit=off';

/** Milliseconds for each statement of the migration, which waits for others that migrate. */
const migrationTimeout = 60_000;

export interface PostgresDriverOptions {
  readonly url: string;
  /** The schema that holds BullMQ's tables; a plain identifier. */
  readonly schema: string;
  /** Milliseconds that a connection, or a query, may take. */
  readonly connectTimeout: number;
}

/** BullMQ over PostgreSQL, in a schema of its own. The clocks of the processes have to agree within a lock's duration. */
export function createPostgresDriver({ url, schema, connectTimeout }: PostgresDriverOptions): StreamDriver {
  const connection = {
    connectionString: url,
    schema,
    application_name: 'ces-stream',
    max: 2,
    keepAlive: true,
    connectionTimeoutMillis: connectTimeout,
    query_timeout: connectTimeout,
  };
  return {
    backend: 'PostgreSQL',
    openQueue: (name) => new Queue<unknown>(name, { connection, streams: eventRetention }),
    openWorker: (name, tuning) =>
      new Worker<unknown>(name, null, { connection: { ...connection, options: forgetful }, ...workerOptions(tuning) }),
    prepare: () => withClient(url, migrationTimeout, (client) => prepare(client, schema)),
    health: () => postgresHealth(url, schema, connectTimeout),
  };
}

async function prepare(client: Client, schema: string): Promise<void> {
  await runMigrations(client, schema);
  await client.query('BEGIN');
  await client.query('SELECT pg_advisory_xact_lock($1, hashtext($2))', [MIGRATION_ADVISORY_LOCK_KEY, schema]);
  await client.query(keepPlace(schema));
  await client.query('COMMIT');
}

/**
 * BullMQ 6.7 sends a job whose consumer died, or gave it back, to the end of the line (`move_stalled_jobs_to_wait`
 * and `move_active_to_wait` take a new `seq`); over Redis it goes to the head. Keeping `seq` keeps the order.
 */
function keepPlace(schema: string): string {
  return `
    CREATE OR REPLACE FUNCTION "${schema}".ces_keep_place() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN NEW.seq := OLD.seq; RETURN NEW; END $$;
    CREATE OR REPLACE TRIGGER ces_keep_place BEFORE UPDATE OF state ON "${schema}".job FOR EACH ROW
      WHEN (OLD.state = 'active' AND NEW.state = 'waiting') EXECUTE FUNCTION "${schema}".ces_keep_place()`;
}

async function postgresHealth(url: string, schema: string, timeout: number): Promise<HealthState> {
  try {
    const version = await withClient(url, timeout, (client) => assertSchemaCompatibility(client, schema));
    return version < LATEST_SCHEMA_VERSION ? notMigrated(schema) : { state: 'ready' };
  } catch (error) {
    if (error instanceof SchemaMigrationRequiredError) return notMigrated(schema);
    return { state: 'not-ready', reason: `PostgreSQL: ${error instanceof Error ? error.message : String(error)}` };
  }
}

function notMigrated(schema: string): HealthState {
  const reason = `The stream's schema ${schema} is missing or older than this program; run npm run migrate.`;
  return { state: 'not-ready', reason };
}

async function withClient<Result>(
  url: string,
  timeout: number,
  use: (client: Client) => Promise<Result>,
): Promise<Result> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: timeout, query_timeout: timeout });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await use(client);
  } finally {
    await client.end();
  }
}
