import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { freePort, type PrivateRedis, startPrivateRedis } from './private-redis.js';
import { waitFor } from './wait-for.js';

/** A Redis with a replica, and a Sentinel that makes the replica the master when the other is gone. */
export interface PrivateSentinel {
  /** `redis+sentinel://…` */
  readonly url: string;
  /** Kills the master for good. */
  killMaster(): Promise<void>;
  remove(): Promise<void>;
}

const master = 'ces-test';
const password = 'p@ss/word';

export async function startPrivateSentinel(): Promise<PrivateSentinel> {
  const first = await startPrivateRedis();
  const [host, port] = ['127.0.0.1', portOf(first)];
  const replica = await startPrivateRedis(['--replicaof', host, String(port)]);
  for (const server of [replica, first]) await protect(server);
  const directory = await mkdtemp(join(tmpdir(), 'ces-test-sentinel-'));
  const sentinelPort = await freePort();
  const configuration = [
    `port ${sentinelPort}`,
    `bind ${host}`,
    `dir ${directory}`,
    `sentinel monitor ${master} ${host} ${port} 1`,
    `sentinel auth-pass ${master} ${password}`,
    `sentinel down-after-milliseconds ${master} 1000`,
    `sentinel failover-timeout ${master} 5000`,
  ];
  await writeFile(join(directory, 'sentinel.conf'), `${configuration.join('\n')}\n`);
  const sentinel = spawn('redis-server', [join(directory, 'sentinel.conf'), '--sentinel'], { stdio: 'ignore' });
  await knowsReplica(sentinelPort);
  return {
    url: `redis+sentinel://:${encodeURIComponent(password)}@${host}:${sentinelPort}/0?master=${master}`,
    killMaster: () => first.kill(),
    async remove() {
      await end(sentinel);
      await first.remove();
      await replica.remove();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function portOf({ url }: PrivateRedis): number {
  return Number(new URL(url).port);
}

/** From now on the server, and who copies from it, needs the password. */
async function protect({ url }: PrivateRedis): Promise<void> {
  const redis = new Redis(url);
  await redis.config('SET', 'masterauth', password);
  await redis.config('SET', 'requirepass', password);
  redis.disconnect();
}

/** Until it does, it could not make another one the master. */
async function knowsReplica(port: number): Promise<void> {
  const redis = new Redis({ port, maxRetriesPerRequest: null });
  redis.on('error', () => undefined);
  try {
    await waitFor(async () => {
      const replicas = await redis.call('SENTINEL', 'replicas', master);
      const fields = Array.isArray(replicas) ? replicas.flat().map(String) : [];
      if (fields[fields.indexOf('master-link-status') + 1] !== 'ok') throw new Error('The Sentinel knows no replica.');
    });
  } finally {
    redis.disconnect();
  }
}

async function end(server: ChildProcess): Promise<void> {
  const exited = once(server, 'exit');
  server.kill('SIGKILL');
  await exited;
}
