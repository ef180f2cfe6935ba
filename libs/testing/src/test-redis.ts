import { randomBytes } from 'node:crypto';
import { inject } from 'vitest';

/** The Redis that tests may use, or undefined: then only the Postgres variants of a suite run. */
export function testRedisUrl(): string | undefined {
  return inject('cesRedisUrl');
}

/** A key prefix that no other spec uses: `ces_test_…`. */
export function testPrefix(): string {
  return `ces_test_${randomBytes(6).toString('hex')}`;
}
