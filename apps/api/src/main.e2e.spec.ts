import { createTestDatabase, type TestDatabase } from '#testing/test-database';
import { waitFor } from '#testing/wait-for';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from 'vitest';

let database: TestDatabase;
let notMigrated: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase({ migrated: true });
  notMigrated = await createTestDatabase();
});

afterAll(async () => {
  await database.drop();
  await notMigrated.drop();
});

/** The program as `npm run start:api` starts it, and what it says. */
function start(environment: Readonly<Record<string, string>>): { process: ChildProcess; said: () => string } {
  const child = spawn(process.execPath, ['dist/apps/api/src/main.js'], {
    env: { PATH: process.env['PATH'], PORT: '0', CES_CONFIG: 'k8s/samples/ces-conf.yaml', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
  }
  return { process: child, said: () => text };
}

async function exitOf(environment: Readonly<Record<string, string>>): Promise<{ code: unknown; said: string }> {
  const { process: child, said } = start(environment);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, said: said() };
}

test('it serves until SIGTERM, and then ends cleanly', async () => {
  const { process: child, said } = start({ DATABASE_URL: database.url });
  const url = await waitFor(() => {
    const found = /"url":"([^"]+)"/.exec(said())?.[1];
    if (found === undefined) throw new Error(`it has not started: ${said()}`);
    return found;
  });
  expect(await (await fetch(`${url}/api/v1/clusters`)).json()).toEqual({ entries: [] });
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
});

test('it ends with 2 when a setting, or what it names, cannot be used', async () => {
  expect(await exitOf({})).toEqual({ code: 2, said: expect.stringMatching(/^api: DATABASE_URL is not set/) });
  const missing = await exitOf({ DATABASE_URL: database.url, CES_CONFIG: '/nowhere/ces-conf.yaml' });
  expect(missing).toEqual({ code: 2, said: expect.stringContaining('/nowhere/ces-conf.yaml, which cannot be read') });
});

test('it ends with 1 on a database that is not migrated, and says how to migrate it', async () => {
  const { code, said } = await exitOf({ DATABASE_URL: notMigrated.url });
  expect([code, said]).toEqual([1, expect.stringContaining('npm run migrate')]);
});
