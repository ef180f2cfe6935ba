import { expect, test } from 'vitest';
import { systemClock } from './clock.js';

test('a sleep takes its time', async () => {
  const start = systemClock.monotonic();
  await systemClock.sleep(20);
  expect(systemClock.monotonic() - start).toBeGreaterThanOrEqual(19);
});

test("a sleep rejects with the signal's reason, before and while it lasts", async () => {
  const reason = new Error('enough');
  await expect(systemClock.sleep(60_000, AbortSignal.abort(reason))).rejects.toBe(reason);

  const controller = new AbortController();
  const sleeping = systemClock.sleep(60_000, controller.signal);
  controller.abort(reason);
  await expect(sleeping).rejects.toBe(reason);
});

test("a sleep longer than Node's longest timer does not end at once", async () => {
  const controller = new AbortController();
  const month = systemClock.sleep(31 * 24 * 3_600_000, controller.signal).catch(() => 'aborted');
  expect(await Promise.race([month, systemClock.sleep(10).then(() => 'still asleep')])).toBe('still asleep');
  controller.abort();
  expect(await month).toBe('aborted');
});
