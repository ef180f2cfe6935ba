import { Client } from 'pg';
import { expect, inject, test } from 'vitest';
import { createTestDatabase } from './test-database.js';
import { testPrefix } from './test-redis.js';

async function rows(url: string, sql: string): Promise<object[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<object>(sql)).rows;
  } finally {
    await client.end();
  }
}

test('a test database is empty, its own, and gone after the drop, with open connections too', async () => {
  const [first, second] = await Promise.all([createTestDatabase(), createTestDatabase()]);
  await rows(first.url, 'CREATE TABLE mine (id int)');
  const tables = `SELECT tablename FROM pg_tables WHERE schemaname = 'public'`;
  expect(await rows(first.url, tables)).toEqual([{ tablename: 'mine' }]);
  expect(await rows(second.url, tables)).toEqual([]);

  const left = new Client({ connectionString: first.url });
  left.on('error', () => undefined);
  await left.connect();
  await Promise.all([first.drop(), second.drop()]);
  await expect(rows(first.url, 'SELECT 1')).rejects.toThrow('does not exist');
});

test('migrated databases come from one template, also when several are asked for at once', async () => {
  const databases = await Promise.all([1, 2, 3].map(() => createTestDatabase({ migrated: true })));
  const counts = await Promise.all(
    databases.map(({ url }) => rows(url, `SELECT count(*)::int AS tables FROM pg_tables WHERE schemaname = 'public'`)),
  );
  expect(counts[0]).not.toEqual([{ tables: 0 }]);
  expect(counts[1]).toEqual(counts[0]);
  expect(counts[2]).toEqual(counts[0]);
  await Promise.all(databases.map((database) => database.drop()));
});

test('every name of a run begins with the prefix of the run', async () => {
  const { databasePrefix } = inject('services');
  const database = await createTestDatabase();
  expect(new URL(database.url).pathname).toMatch(new RegExp(`^/${databasePrefix}_[0-9a-f]{8}$`));
  expect(testPrefix()).toMatch(new RegExp(`^${databasePrefix}_[0-9a-f]{8}$`));
  await database.drop();
});
