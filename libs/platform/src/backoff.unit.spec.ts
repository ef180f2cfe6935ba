import { expect, test } from 'vitest';
import { backoff, type FailedAttempt, retryForever } from './backoff.js';
import { type Clock } from './clock.js';

/** A clock on which every sleep ends at once, and that remembers them. */
function hastyClock(): Clock & { readonly slept: number[] } {
  const slept: number[] = [];
  return {
    slept,
    now: () => new Date(0),
    monotonic: () => 0,
    sleep: (milliseconds, signal) => {
      signal?.throwIfAborted();
      slept.push(milliseconds);
      return Promise.resolve();
    },
  };
}

test('delays are drawn below a bound that doubles up to the maximum', () => {
  const delays = backoff({ initial: 800, factor: 2, maximum: 30_000, random: () => 0.5 });
  expect(Array.from({ length: 8 }, () => delays.next())).toEqual([
    400, 800, 1_600, 3_200, 6_400, 12_800, 15_000, 15_000,
  ]);
});

test('a reset begins anew', () => {
  const delays = backoff({ initial: 100, random: () => 1 });
  delays.next();
  delays.next();
  delays.reset();
  expect(delays.next()).toBe(100);
});

test('an operation is repeated until it succeeds, and every failure is told', async () => {
  const clock = hastyClock();
  const failures: (FailedAttempt & { error: unknown })[] = [];
  let calls = 0;
  const result = await retryForever(
    () => {
      calls += 1;
      return calls < 3 ? Promise.reject(new Error(`failure ${calls}`)) : Promise.resolve('done');
    },
    {
      clock,
      signal: new AbortController().signal,
      backoff: backoff({ initial: 100, factor: 3, random: () => 1 }),
      onError: (error, failed) => failures.push({ error, ...failed }),
    },
  );
  expect(result).toBe('done');
  expect(clock.slept).toEqual([100, 300]);
  expect(failures).toEqual([
    { error: new Error('failure 1'), attempt: 1, delay: 100 },
    { error: new Error('failure 2'), attempt: 2, delay: 300 },
  ]);
});

test('the signal ends the retrying, with its reason', async () => {
  const controller = new AbortController();
  const reason = new Error('stopping');
  const retrying = retryForever(() => Promise.reject(new Error('down')), {
    clock: hastyClock(),
    signal: controller.signal,
    backoff: backoff(),
    onError: (_error, { attempt }) => {
      if (attempt === 3) controller.abort(reason);
    },
  });
  await expect(retrying).rejects.toBe(reason);
});
