import { startEmbeddedPostgres } from '#platform/embedded-postgres';
import { migrate } from '#project/adapters/data-source';
import { hasRedisServer, type PrivateRedis, startPrivateRedis } from '#testing/private-redis';
import { startTcpProxy } from '#testing/tcp-proxy';
import { createTestDatabase } from '#testing/test-database';
import { testPrefix } from '#testing/test-redis';
import { Redis } from 'ioredis';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A database and, where there is a `redis-server`, a Redis that nobody else uses. */
export interface Places {
  readonly databaseUrl: string;
  readonly redisUrl: string | undefined;
  readonly streamPrefix: string;
  remove(): Promise<void>;
}

export async function createPlaces(): Promise<Places> {
  const database = await createTestDatabase({ migrated: true });
  const redis = await startOwnRedis();
  return {
    databaseUrl: database.url,
    redisUrl: redis?.url,
    streamPrefix: testPrefix(),
    async remove() {
      await redis?.remove();
      await database.drop();
    },
  };
}

/** With a PostgreSQL of their own, that can be ended and started anew on its data. */
export interface OwnPlaces extends Places {
  readonly redis: PrivateRedis | null;
  /** How many keys Redis holds. */
  keys(): Promise<number>;
  stopPostgres(): Promise<void>;
  startPostgres(): Promise<void>;
}

export async function createOwnPlaces(): Promise<OwnPlaces> {
  const parent = await mkdtemp(join(tmpdir(), 'ces-test-'));
  // PostgreSQL may run as another user.
  await chmod(parent, 0o755);
  const start = () => startEmbeddedPostgres({ directory: join(parent, 'postgres') });
  let server = await start();
  const proxy = await startTcpProxy(server.url);
  await migrate(proxy.url);
  const redis = await startOwnRedis();
  return {
    databaseUrl: proxy.url,
    redisUrl: redis?.url,
    redis,
    keys: () => (redis === null ? Promise.resolve(0) : keysOf(redis.url)),
    streamPrefix: testPrefix(),
    async stopPostgres() {
      await server.stop();
      await proxy.cut();
    },
    async startPostgres() {
      server = await start();
      proxy.leadTo(server.url);
      await proxy.restore();
    },
    async remove() {
      await redis?.remove();
      await proxy.close();
      await server.stop();
      await rm(parent, { recursive: true });
    },
  };
}

async function keysOf(url: string): Promise<number> {
  const redis = new Redis(url);
  try {
    return await redis.dbsize();
  } finally {
    redis.disconnect();
  }
}

/** Null, and a line that says so, where there is none to start. */
async function startOwnRedis(): Promise<PrivateRedis | null> {
  if (await hasRedisServer()) return startPrivateRedis(['--maxmemory-policy', 'noeviction']);
  process.stderr.write('[faults] there is no redis-server: the stream of the processes is in PostgreSQL\n');
  return null;
}
