import { randomBytes } from 'node:crypto';
import { startEmbeddedPostgres } from '#platform/embedded-postgres';
import { Client } from 'pg';

export interface BenchmarkServices {
  readonly postgres: PostgresFacts;
  /** Undefined without REDIS_URL. */
  readonly redisUrl: string | undefined;
  /** Calls `use` with the URL of a new database, and drops it afterwards. */
  withDatabase<Result>(use: (databaseUrl: string) => Promise<Result>): Promise<Result>;
  stop(): Promise<void>;
}

/** What the numbers depend on. */
export interface PostgresFacts {
  readonly source: 'DATABASE_URL' | 'embedded';
  readonly version: string;
  readonly fsync: string;
  readonly synchronousCommit: string;
}

/** The PostgreSQL of DATABASE_URL, or an embedded one; the Redis of REDIS_URL, if any. */
export async function startServices(): Promise<BenchmarkServices> {
  const { DATABASE_URL, REDIS_URL } = process.env;
  const embedded = DATABASE_URL ? null : await startEmbeddedPostgres();
  const url = embedded?.url ?? DATABASE_URL ?? '';
  const source = embedded ? 'embedded' : 'DATABASE_URL';
  return {
    postgres: await withClient(url, async (client) => ({ source, ...(await facts(client)) })),
    redisUrl: REDIS_URL === '' ? undefined : REDIS_URL,
    async withDatabase(use) {
      const name = `ces_test_bench_${randomBytes(4).toString('hex')}`;
      await withClient(url, (client) => client.query(`CREATE DATABASE ${name}`));
      try {
        const database = new URL(url);
        database.pathname = `/${name}`;
        return await use(database.href);
      } finally {
        await withClient(url, (client) => client.query(`DROP DATABASE ${name} WITH (FORCE)`));
      }
    },
    async stop() {
      await embedded?.stop();
    },
  };
}

async function facts(client: Client): Promise<Omit<PostgresFacts, 'source'>> {
  const settings = `SELECT current_setting('server_version') AS version, current_setting('fsync') AS fsync,
    current_setting('synchronous_commit') AS "synchronousCommit"`;
  const { rows } = await client.query<Omit<PostgresFacts, 'source'>>(settings);
  const [row] = rows;
  if (row === undefined) throw new Error('PostgreSQL did not tell its settings.');
  return row;
}

async function withClient<Result>(url: string, use: (client: Client) => Promise<Result>): Promise<Result> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}
