import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { inject } from 'vitest';

export interface TestDatabase {
  /** `postgres://…/ces_test_…` */
  readonly url: string;
  /** Ends the connections that are left, and drops the database. */
  drop(): Promise<void>;
}

export interface TestDatabaseOptions {
  /** With our tables (`migrations/`): a copy of a template, so that it costs little. */
  readonly migrated?: boolean;
}

/** A fresh database for a spec file: create it in `beforeAll`, drop it in `afterAll`. */
export async function createTestDatabase({ migrated = false }: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const { databaseUrl, databasePrefix } = inject('services');
  const name = `${databasePrefix}_${randomBytes(4).toString('hex')}`;
  await onServer(databaseUrl, async (client) => {
    const template = migrated ? await migratedTemplate(client) : 'template1';
    await client.query(`CREATE DATABASE ${name} TEMPLATE ${template}`);
  });
  return {
    url: withDatabase(databaseUrl, name),
    drop: () => onServer(databaseUrl, (client) => client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)),
  };
}

/**
 * The template of this run, made by whoever needs it first. It gets its name when it is complete, and spec
 * files that run at the same time wait for each other.
 */
async function migratedTemplate(client: Client): Promise<string> {
  const { databaseUrl, databasePrefix } = inject('services');
  const template = `${databasePrefix}_template`;
  const unfinished = `${template}_unfinished`;
  await client.query('SELECT pg_advisory_lock(hashtext($1))', [template]);
  const found = await client.query('SELECT FROM pg_database WHERE datname = $1', [template]);
  if (found.rowCount === 0) {
    await client.query(`DROP DATABASE IF EXISTS ${unfinished} WITH (FORCE)`);
    await client.query(`CREATE DATABASE ${unfinished}`);
    const { migrate } = await import('#project/adapters/data-source');
    await migrate(withDatabase(databaseUrl, unfinished));
    await client.query(`ALTER DATABASE ${unfinished} RENAME TO ${template}`);
  }
  await client.query('SELECT pg_advisory_unlock(hashtext($1))', [template]);
  return template;
}

/** The same server and credentials, with another database. */
function withDatabase(serverUrl: string, name: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}

async function onServer(databaseUrl: string, work: (client: Client) => Promise<unknown>): Promise<void> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
