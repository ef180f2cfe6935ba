import { parseRedisUrl } from '#platform/redis-url';
import { Redis } from 'ioredis';

/** Where to connect to, in the words of ioredis. */
export type RedisConnection = ReturnType<typeof redisTarget>;

export function redisTarget(text: string) {
  const target = parseRedisUrl(text);
  if (target === null) throw new Error('REDIS_URL is not an address of the right kind.');
  if (target.kind === 'server') return { url: target.url };
  const { sentinels, master, database, tls, credentials, sentinelCredentials } = target;
  return {
    sentinels: [...sentinels],
    name: master,
    db: database,
    ...credentials,
    ...(sentinelCredentials.username === undefined ? {} : { sentinelUsername: sentinelCredentials.username }),
    ...(sentinelCredentials.password === undefined ? {} : { sentinelPassword: sentinelCredentials.password }),
    ...(tls ? { tls: {}, enableTLSForSentinelMode: true } : {}),
    // A Sentinel tells at once when there is a new master; else only a broken connection would.
    failoverDetector: true,
  };
}

export interface RedisFacts {
  /** Such as `7.0.15`. */
  readonly version: string;
  /** Null where the server does not tell. */
  readonly evictionPolicy: string | null;
  /** Whether it keeps an append-only file; null where the server does not tell. */
  readonly appendOnly: boolean | null;
}

/** What is wrong with any policy but `noeviction`. */
export function evictionProblem(policy: string): string {
  return `Redis runs with maxmemory-policy ${policy} and may throw messages away; set it to noeviction.`;
}

/**
 * Connects once, and asks the server what it is.
 * @throws Error that says why there is no connection, or no answer.
 */
export async function readRedisFacts(target: RedisConnection, connectTimeout: number): Promise<RedisFacts> {
  const once = {
    lazyConnect: true,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
    sentinelRetryStrategy: () => null,
  };
  const options = { connectTimeout, commandTimeout: connectTimeout, ...once };
  const redis =
    'url' in target ? new Redis(target.url, options) : new Redis({ ...target, failoverDetector: false, ...options });
  // A command only learns that the connection is closed; the event says why.
  const causes: Error[] = [];
  redis.on('error', (error: Error) => causes.push(error));
  try {
    await redis.connect();
    const info = await redis.info();
    const field = (name: string) => new RegExp(`^${name}:(\\S+)`, 'm').exec(info)?.[1];
    const appendOnly = field('aof_enabled');
    return {
      version: field('redis_version') ?? 'unknown',
      evictionPolicy: field('maxmemory_policy') ?? null,
      appendOnly: appendOnly === undefined ? null : appendOnly === '1',
    };
  } catch (error) {
    throw causes.at(-1) ?? error;
  } finally {
    redis.disconnect();
  }
}
