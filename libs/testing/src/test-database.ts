import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { inject } from 'vitest';

export interface TestDatabase {
  /** `postgres://…/ces_test_…` */
  readonly url: string;
  /** Ends the connections that are left and drops the database. */
  drop(): Promise<void>;
}

export interface TestDatabaseOptions {
  /** With our tables (`migrations/`); a copy of a template, so it costs little. */
  readonly migrated?: boolean;
}

/** A fresh database of its own for a spec file; call `drop` in `afterAll`. */
export async function createTestDatabase(_options: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const name = `ces_test_${randomBytes(6).toString('hex')}`;
  const server = inject('cesDatabaseUrl');
  await command(server, `CREATE DATABASE ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => command(server, `DROP DATABASE ${name} WITH (FORCE)`) };
}

async function command(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
