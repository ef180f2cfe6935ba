import { startEmbeddedPostgres } from '#platform/embedded-postgres';
import { type Settings } from '#platform/settings';
import { randomBytes } from 'node:crypto';
import { Client } from 'pg';

export interface DemoServices {
  readonly databaseUrl: string;
  /** Of this run alone: on a shared Redis, and in the database. */
  readonly streamPrefix: string;
  stop(): Promise<void>;
}

/**
 * A database that ends with the demo: on an embedded PostgreSQL, or, where DATABASE_URL names a server, a new one beside
 * the database that it names, which is not touched.
 */
export async function startServices(settings: Pick<Settings['demo'], 'database'>): Promise<DemoServices> {
  const run = randomBytes(4).toString('hex');
  const streamPrefix = `ces_demo_${run}`;
  if (settings.database === undefined) {
    const postgres = await startEmbeddedPostgres();
    return { databaseUrl: postgres.url, streamPrefix, stop: () => postgres.stop() };
  }
  const url = settings.database.url.reveal();
  const name = `ces_demo_${run}`;
  await onServer(url, `CREATE DATABASE ${name}`);
  const databaseUrl = new URL(url);
  databaseUrl.pathname = `/${name}`;
  return {
    databaseUrl: databaseUrl.href,
    streamPrefix,
    stop: () => onServer(url, `DROP DATABASE ${name} WITH (FORCE)`),
  };
}

async function onServer(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
