import { access, chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type EmbeddedPostgres, startEmbeddedPostgres } from './embedded-postgres.js';

const isRoot = process.getuid?.() === 0;
const running: EmbeddedPostgres[] = [];
let parent: string;
let directory: string;

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'ces-test-'));
  directory = join(parent, 'postgres');
  await chmod(parent, 0o755);
});

afterEach(async () => {
  for (const server of running.splice(0)) await server.stop();
  await rm(parent, { recursive: true });
});

async function start(kept?: string): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres(kept === undefined ? {} : { directory: kept });
  running.push(server);
  return server;
}

async function query<Row extends object>(url: string, sql: string): Promise<Row | undefined> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const result = await client.query<Row>(sql);
    return result.rows[0];
  } finally {
    await client.end();
  }
}

test('a temporary server answers, and leaves nothing behind', async () => {
  const server = await start();
  const found = await query<{ version: number; directory: string; encoding: string; extension: boolean }>(
    server.url,
    `SELECT current_setting('server_version_num')::int AS version, current_setting('data_directory') AS directory,
       current_setting('server_encoding') AS encoding,
       EXISTS (SELECT FROM pg_available_extensions WHERE name = 'btree_gist') AS extension`,
  );
  expect(found).toMatchObject({ encoding: 'UTF8', extension: true });
  expect(found?.version).toBeGreaterThanOrEqual(150_000);

  await server.stop();
  await expect(query(server.url, 'SELECT 1')).rejects.toThrow('ECONNREFUSED');
  await expect(access(found?.directory ?? '/')).rejects.toThrow('ENOENT');
});

test('promise 12: only who has the password may connect, on loopback only', async () => {
  const { url } = await start();
  const other = new URL(url);
  other.password = 'guess';
  await expect(query(other.href, 'SELECT 1')).rejects.toThrow('password authentication failed');
  expect(await query(url, 'SHOW listen_addresses')).toEqual({ listen_addresses: '127.0.0.1' });
  expect(await query(url, 'SHOW unix_socket_directories')).toEqual({ unix_socket_directories: '' });
});

test('started by root, the server runs as somebody else', async () => {
  const { url } = await start();
  const { pid } = (await query<{ pid: number }>(url, 'SELECT pg_backend_pid() AS pid')) ?? {};
  // Where there is no /proc, PostgreSQL's own refusal to run as root is all there is to see.
  const status = await readFile(`/proc/${pid ?? 0}/status`, 'utf8').catch(() => 'Uid:\t65534');
  const uid = Number(/^Uid:\t(\d+)/m.exec(status)?.[1]);
  expect(uid === process.getuid?.()).toBe(!isRoot);
});

test('a kept directory keeps its data and its password, and is used by one server at a time', async () => {
  const first = await start(directory);
  await query(first.url, 'CREATE TABLE kept AS SELECT 42 AS answer');
  await expect(start(directory)).rejects.toThrow(/did not start[\s\S]*postmaster\.pid/);
  await first.stop();

  const second = await start(directory);
  expect(new URL(second.url).password).toBe(new URL(first.url).password);
  expect(await query(second.url, 'SELECT answer FROM kept')).toEqual({ answer: 42 });
});

test('a kept directory that was opened to others is closed again', async () => {
  const first = await start(directory);
  await first.stop();
  await chmod(join(directory, 'data'), 0o2770);
  const second = await start(directory);
  expect(await query(second.url, 'SHOW data_directory_mode')).toEqual({ data_directory_mode: '0700' });
});

test.runIf(process.platform === 'linux')(
  'a crash does not keep it down when another program has its number',
  async () => {
    const first = await start(directory);
    await first.stop();
    await writeFile(join(directory, 'data/postmaster.pid'), `${process.pid}\n${directory}/data\n`, { mode: 0o644 });
    const second = await start(directory);
    expect(await query(second.url, 'SELECT 1 AS answer')).toEqual({ answer: 1 });
  },
);

test("a directory that the server's user cannot enter is an error that says so", async () => {
  await chmod(parent, 0o000);
  await expect(start(directory)).rejects.toThrow(
    isRoot ? /the user nobody cannot enter .*\. Choose a directory/ : 'EACCES',
  );
  await chmod(parent, 0o755);
});
