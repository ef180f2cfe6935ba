import { randomBytes } from 'node:crypto';
import { inject } from 'vitest';

/** The Redis that specs may use; undefined when `REDIS_URL` is not set: then the Redis variants are skipped. */
export function testRedisUrl(): string | undefined {
  return inject('services').redisUrl;
}

/** A key prefix that no other spec uses. */
export function testPrefix(): string {
  return `${inject('services').databasePrefix}_${randomBytes(4).toString('hex')}`;
}
