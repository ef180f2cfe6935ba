import { createTestDatabase, type TestDatabase } from '#testing/test-database';
import { type DataSource } from 'typeorm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { dataSource } from './data-source.js';
import { projectionTables, recordTables } from './projection-tables.js';
import { query } from './sql.js';

let database: TestDatabase;
let source: DataSource;

beforeAll(async () => {
  database = await createTestDatabase({ migrated: true });
  source = await dataSource(database.url);
});

afterAll(async () => {
  await source.destroy();
  await database.drop();
});

it('promise 4: every table is a projection, which a replay makes anew, or a record, which it leaves alone', async () => {
  const rows = await query<{ name: string }>(
    source,
    `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'`,
  );
  const known = [...projectionTables.map(({ name }) => name), ...recordTables, 'migration'];
  expect(known.toSorted()).toEqual(rows.map(({ name }) => name).toSorted());
});

it.each(projectionTables)('the key of the projection $name is unique', async ({ name, key }) => {
  const rows = await query<{ columns: readonly string[] }>(
    source,
    `SELECT array_agg(attname::text ORDER BY attname) AS columns
     FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = ANY (indkey)
     WHERE indrelid = $1::regclass AND indisunique AND indpred IS NULL GROUP BY indexrelid`,
    [name],
  );
  expect(rows.map(({ columns }) => columns)).toContainEqual([...key].sort());
});
