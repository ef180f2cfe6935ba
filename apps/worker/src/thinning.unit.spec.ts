import { systemClock } from '#platform/clock';
import { silentLogger } from '#platform/logger';
import { type RetentionLimit } from '#project/ports/retention';
import { expect, test } from 'vitest';
import { keepThinning, thinOnce } from './thinning.js';

/** Tenants with so many versions to thin. */
function options(tenants: Readonly<Record<string, number>>) {
  const left = { ...tenants };
  const thinned: number[] = [];
  const retention = {
    limits: () => Promise.resolve(Object.keys(left).map((tenant) => ({ tenant, before: 1_000 }))),
    thin: (_: string, { tenant }: RetentionLimit, most: number) => {
      const count = Math.min(most, left[tenant] ?? 0);
      left[tenant] = (left[tenant] ?? 0) - count;
      return Promise.resolve(count);
    },
  };
  const clock = { ...systemClock, now: () => new Date(), monotonic: () => 0, sleep: () => Promise.resolve() };
  const metrics = { thinned: (count: number) => thinned.push(count) };
  return { left, thinned, device: 'bigip', retention, isHolder: () => true, clock, logger: silentLogger, metrics };
}

const signal = new AbortController().signal;

test('all of it goes, in small transactions, and is counted', async () => {
  const given = options({ Common: 3, shop: 45 });
  await thinOnce(given, signal);
  expect(given.left).toEqual({ Common: 0, shop: 0 });
  expect(given.thinned).toEqual([3, 20, 20, 5]);
});

test('who loses the device stops', async () => {
  const given = options({ shop: 45 });
  await thinOnce({ ...given, isHolder: () => given.left['shop'] === 45 }, signal);
  expect(given.left).toEqual({ shop: 25 });
});

test('who does not hold the device leaves it to the one that does; a failure ends nothing', async () => {
  const stopping = new AbortController();
  let rounds = 0;
  const sleep = () => {
    rounds += 1;
    if (rounds === 4) stopping.abort();
    return Promise.resolve();
  };
  const given = options({ shop: 5 });
  const retention = { ...given.retention, limits: () => Promise.reject(new Error('the database is away')) };
  const clock = { ...given.clock, sleep };
  await keepThinning({ ...given, clock, retention, isHolder: () => rounds % 2 === 0 }, stopping.signal);
  expect(given.left).toEqual({ shop: 5 });
  expect(rounds).toBe(4);
});
