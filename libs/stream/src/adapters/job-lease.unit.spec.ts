import { systemClock } from '#platform/clock';
import { waitFor } from '#testing/wait-for';
import { describe, expect, it, vi } from 'vitest';
import { holdLease } from './job-lease.js';

const duration = 40;

/** For leases that have to last: a busy machine may keep this process waiting for longer than the short duration. */
const longDuration = 2_000;

function hold(extendLock: () => Promise<number>, milliseconds = duration) {
  const lease = holdLease({ job: { extendLock }, token: 'token', duration: milliseconds, clock: systemClock });
  const lost = new Promise<unknown>((resolve) => {
    lease.signal.addEventListener('abort', () => {
      resolve(lease.signal.reason);
    });
  });
  return { ...lease, lost };
}

describe('holdLease', () => {
  it('renews the lock until it is released', async () => {
    const extendLock = vi.fn(() => Promise.resolve(1));
    const lease = hold(extendLock, longDuration);
    await waitFor(() => {
      expect(extendLock.mock.calls.length).toBeGreaterThan(2);
    });
    lease.release();
    expect(lease.signal.aborted).toBe(false);
    expect(extendLock).toHaveBeenCalledWith('token', longDuration);
  });

  it('is lost when the backend no longer knows the lock', async () => {
    const lease = hold(() => Promise.resolve(0));
    await expect(lease.lost).resolves.toMatchObject({
      name: 'LeaseLostError',
      message: 'The lease on the job is lost: the backend gave it to another consumer, or lost it.',
    });
  });

  it.each([
    ['refuses', () => Promise.reject(new Error('refused'))],
    ['does not answer', () => new Promise<number>(() => undefined)],
  ])('is lost when the backend %s for the whole duration', async (_case, extendLock) => {
    const begin = performance.now();
    const lease = hold(extendLock);
    await expect(lease.lost).resolves.toMatchObject({
      message: 'The lease on the job is lost: it could not be renewed for 40 ms.',
    });
    expect(performance.now() - begin).toBeGreaterThanOrEqual(duration);
  });

  it('outlives a renewal that fails', async () => {
    const extendLock = vi.fn(() => Promise.resolve(1)).mockRejectedValueOnce(new Error('refused'));
    const lease = hold(extendLock, longDuration);
    await waitFor(() => {
      expect(extendLock.mock.calls.length).toBeGreaterThan(2);
    });
    expect(lease.signal.aborted).toBe(false);
    lease.release();
  });
});
