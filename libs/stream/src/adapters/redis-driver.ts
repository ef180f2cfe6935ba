import { type HealthState } from '#platform/health';
import { parseRedisUrl } from '#platform/redis-url';
import { createRedisBackend, type Job, type JobJson, withBackend } from 'bullmq';
import { Redis } from 'ioredis';
import { eventRetention, type StreamDriver, workerOptions } from './stream-driver.js';

const { Queue, Worker } = withBackend(createRedisBackend);

export interface RedisDriverOptions {
  /** See `parseRedisUrl`. */
  readonly url: string;
  /** First part of every key. */
  readonly prefix: string;
  /** Milliseconds that a connection may take. */
  readonly connectTimeout: number;
}

/** BullMQ over Redis, through ioredis. */
export function createRedisDriver({ url, prefix, connectTimeout }: RedisDriverOptions): StreamDriver {
  const target = targetOf(url);
  const connection = {
    ...target,
    connectTimeout,
    keepAlive: 10_000,
    // BullMQ asks for it; who uses a connection bounds the time instead.
    maxRetriesPerRequest: null,
    retryStrategy: (attempt: number) => Math.min(100 * attempt, 2_000),
  };
  return {
    backend: 'Redis',
    openQueue: (name) => new Queue<unknown>(name, { connection, prefix, streams: eventRetention }),
    openWorker: (name, tuning) => new TolerantWorker(name, null, { connection, prefix, ...workerOptions(tuning) }),
    prepare: () => Promise.resolve(),
    health: () => redisHealth(target, connectTimeout),
  };
}

/** Where to connect to, in the words of ioredis, for BullMQ and for ourselves. */
function targetOf(text: string) {
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

/**
 * A job whose data somebody damaged in Redis would make every fetch throw after the job was taken: the line would
 * stand still. It gets data that no consumer can read instead, and is set aside like any other.
 */
class TolerantWorker extends Worker<unknown, unknown> {
  protected override createJob(json: JobJson, id: string): Job<unknown, unknown> {
    try {
      return super.createJob(json, id);
    } catch {
      return super.createJob({ ...json, data: JSON.stringify({ unreadable: json.data }) }, id);
    }
  }
}

async function redisHealth(target: ReturnType<typeof targetOf>, connectTimeout: number): Promise<HealthState> {
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
    const policy = /^maxmemory_policy:(\S+)/m.exec(await redis.info('memory'))?.[1];
    if (policy === undefined || policy === 'noeviction') return { state: 'ready' };
    const reason = `Redis runs with maxmemory-policy ${policy} and may throw messages away; set it to noeviction.`;
    return { state: 'degraded', reason };
  } catch (error) {
    return { state: 'not-ready', reason: `Redis: ${messageOf(causes.at(-1) ?? error)}` };
  } finally {
    redis.disconnect();
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
