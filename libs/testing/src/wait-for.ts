import { vi } from 'vitest';

/**
 * Repeats `check` until it no longer throws, and returns its result; throws its last error after half a minute.
 * Vitest's own default, one second, is too short on a busy machine.
 */
export async function waitFor<Result>(check: () => Result | Promise<Result>): Promise<Result> {
  return vi.waitFor(check, { timeout: 30_000, interval: 20 });
}
