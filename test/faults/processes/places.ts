import { hasRedisServer, type PrivateRedis, startPrivateRedis } from '#testing/private-redis';
import { createTestDatabase } from '#testing/test-database';
import { testPrefix } from '#testing/test-redis';

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

/** Null, and a line that says so, where there is none to start. */
async function startOwnRedis(): Promise<PrivateRedis | null> {
  if (await hasRedisServer()) return startPrivateRedis(['--maxmemory-policy', 'noeviction']);
  process.stderr.write('[faults] there is no redis-server: the stream of the processes is in PostgreSQL\n');
  return null;
}
