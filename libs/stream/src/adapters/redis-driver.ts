import { type HealthState } from '#platform/health';
import { createRedisBackend, type Job, type JobJson, withBackend } from 'bullmq';
import { evictionProblem, readRedisFacts, redisTarget, type RedisConnection } from './redis-connection.js';
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
  const target = redisTarget(url);
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

async function redisHealth(target: RedisConnection, connectTimeout: number): Promise<HealthState> {
  try {
    const { evictionPolicy } = await readRedisFacts(target, connectTimeout);
    return evictionPolicy === null || evictionPolicy === 'noeviction'
      ? { state: 'ready' }
      : { state: 'degraded', reason: evictionProblem(evictionPolicy) };
  } catch (error) {
    return { state: 'not-ready', reason: `Redis: ${error instanceof Error ? error.message : String(error)}` };
  }
}
