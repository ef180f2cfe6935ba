import { expect, test } from 'vitest';
import { startEmbeddedPostgres } from './embedded-postgres.js';
import { Client } from 'pg';

test('x', async () => {
  const t = performance.now();
  const server = await startEmbeddedPostgres();
  const client = new Client({ connectionString: server.url });
  await client.connect();
  console.error((await client.query('select version(), current_user')).rows, performance.now() - t);
  await client.end();
  await server.stop();
  expect(1).toBe(1);
});
