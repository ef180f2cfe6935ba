import { setTimeout as timeout } from 'node:timers/promises';

/** Time as a dependency, so that a test can hold it still. */
export interface Clock {
  /** The wall clock; may jump. */
  now(): Date;
  /** Milliseconds since an arbitrary moment; never runs backwards. */
  monotonic(): number;
  /**
   * Resolves after `milliseconds`. Rejects with the signal's reason as soon as the signal is aborted.
   */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

/** The longest delay that a Node timer takes; beyond it, the timer fires at once. */
const longestTimer = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => new Date(),
  monotonic: () => performance.now(),
  async sleep(milliseconds, signal) {
    const end = performance.now() + milliseconds;
    let remaining = milliseconds;
    do {
      signal?.throwIfAborted();
      await pause(Math.min(Math.max(remaining, 0), longestTimer), signal);
      remaining = end - performance.now();
    } while (remaining > 1);
  },
};

async function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await timeout(milliseconds, undefined, signal ? { signal } : {});
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}
