import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';

/** A Redis of a test's own, that it may kill: `redis-server` of this machine, in memory only. */
export interface PrivateRedis {
  readonly url: string;
  /** Kills the server; whatever it held is lost. */
  kill(): Promise<void>;
  /** Starts it again, empty, on the same port. */
  start(): Promise<void>;
  /** Kills it for good. */
  remove(): Promise<void>;
}

/** Whether there is a `redis-server` on the PATH. */
export async function hasRedisServer(): Promise<boolean> {
  try {
    await promisify(execFile)('redis-server', ['--version']);
    return true;
  } catch {
    return false;
  }
}

/** Starts `redis-server` on 127.0.0.1 and a free port, with more `settings` if wanted (`--maxmemory-policy`, …). */
export async function startPrivateRedis(settings: readonly string[] = []): Promise<PrivateRedis> {
  const directory = await mkdtemp(join(tmpdir(), 'ces-test-redis-'));
  const port = await freePort();
  const fixed = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', directory];
  const url = `redis://127.0.0.1:${port}`;
  let server: ChildProcess | null = null;

  async function start(): Promise<void> {
    server = spawn('redis-server', [...fixed, ...settings], { stdio: 'ignore' });
    await answered(url);
  }

  async function kill(): Promise<void> {
    if (server === null) return;
    const exited = once(server, 'exit');
    server.kill('SIGKILL');
    await exited;
    server = null;
  }

  await start();
  return {
    url,
    start,
    kill,
    async remove() {
      await kill();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function answered(url: string): Promise<void> {
  const redis = new Redis(url, { retryStrategy: () => 20, maxRetriesPerRequest: 250 });
  redis.on('error', () => undefined);
  try {
    await redis.ping();
  } finally {
    redis.disconnect();
  }
}

/** A port that nobody listens on, and that the system gives to no outgoing connection before it is listened on. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(10_000, 32_768);
    if (await isFree(port)) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}
