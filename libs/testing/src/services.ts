import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { type TestProject } from 'vitest/node';
import { startEmbeddedPostgres } from '#platform/embedded-postgres';

declare module 'vitest' {
  export interface ProvidedContext {
    readonly services: TestServices;
  }
}

export interface TestServices {
  /** Connection on which the databases of tests are created; the database that it names is left alone. */
  readonly databaseUrl: string;
  /** Every database of this run begins with it; all of them are dropped at its end. */
  readonly databasePrefix: string;
  /** Undefined: Redis variants of the suites are skipped. */
  readonly redisUrl: string | undefined;
}

interface RunningServices {
  readonly services: TestServices;
  /** Projects that use them and are not finished. */
  users: number;
  stop(): Promise<void>;
}

/** Each project loads this module anew; the services are shared between them. */
declare global {
  var cesTestServices: Promise<RunningServices> | undefined;
}

/**
 * Vitest's global set-up for specs that use real services: the PostgreSQL of `DATABASE_URL`, or an embedded one
 * that ends with the run, and the Redis of `REDIS_URL`, if any.
 */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  globalThis.cesTestServices ??= start();
  const running = await globalThis.cesTestServices;
  running.users += 1;
  project.provide('services', running.services);
  return async () => {
    running.users -= 1;
    if (running.users > 0) return;
    globalThis.cesTestServices = undefined;
    await running.stop();
  };
}

async function start(): Promise<RunningServices> {
  const { DATABASE_URL, REDIS_URL } = process.env;
  if (!REDIS_URL) report('REDIS_URL is not set: what runs on Redis is tested on the Postgres backend only');
  if (!DATABASE_URL) report('DATABASE_URL is not set: starting an embedded PostgreSQL');
  const server = DATABASE_URL ? undefined : await startEmbeddedPostgres();
  const services: TestServices = {
    databaseUrl: DATABASE_URL ? DATABASE_URL : (server?.url ?? ''),
    databasePrefix: `ces_test_${randomBytes(4).toString('hex')}`,
    redisUrl: REDIS_URL ? REDIS_URL : undefined,
  };
  return {
    services,
    users: 0,
    async stop() {
      if (server) await server.stop();
      else await dropDatabases(services);
    },
  };
}

/** Drops what specs left behind, and the templates. */
async function dropDatabases({ databaseUrl, databasePrefix }: TestServices): Promise<void> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const found = await client.query<{ name: string }>(
      'SELECT datname AS name FROM pg_database WHERE starts_with(datname, $1)',
      [databasePrefix],
    );
    for (const { name } of found.rows) {
      await client.query(`DROP DATABASE IF EXISTS ${client.escapeIdentifier(name)} WITH (FORCE)`);
    }
  } finally {
    await client.end();
  }
}

function report(line: string): void {
  process.stderr.write(`[tests] ${line}\n`);
}
