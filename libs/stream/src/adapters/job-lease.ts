import { type Clock } from '#platform/clock';
import { type TakenJob } from './stream-driver.js';
import { within } from './within.js';

/** Somebody else may be handling the job by now. */
class LeaseLostError extends Error {
  override readonly name = 'LeaseLostError';
}

export interface JobLease {
  /** Aborted with a LeaseLostError when the job is no longer ours, or may no longer be. */
  readonly signal: AbortSignal;
  /** Ends the renewal. */
  release(): void;
}

export interface LeaseOptions {
  readonly job: Pick<TakenJob, 'extendLock'>;
  /** With which the job was taken. */
  readonly token: string;
  /** The lock's duration, in milliseconds. */
  readonly duration: number;
  readonly clock: Clock;
}

/**
 * Keeps the lock of a job that was just taken. The lock is lost when the backend says so, or when it could not be
 * renewed for its whole duration; a process that was blocked for that long learns it with the next renewal.
 */
export function holdLease({ job, token, duration, clock }: LeaseOptions): JobLease {
  const lost = new AbortController();
  const released = new AbortController();

  async function renewUntilReleased(): Promise<void> {
    let heldUntil = clock.monotonic() + duration;
    while (!lost.signal.aborted) {
      await clock.sleep(duration / 4, released.signal);
      const asked = clock.monotonic();
      const renewal = await renew();
      if (renewal === 'renewed') heldUntil = asked + duration;
      else if (renewal === 'taken') lose('the backend gave it to another consumer, or lost it');
      else if (clock.monotonic() >= heldUntil) lose(`it could not be renewed for ${duration} ms`);
    }
  }

  async function renew(): Promise<'renewed' | 'taken' | 'unknown'> {
    try {
      return (await within(duration / 4, job.extendLock(token, duration))) > 0 ? 'renewed' : 'taken';
    } catch {
      return 'unknown';
    }
  }

  function lose(why: string): void {
    if (!released.signal.aborted) lost.abort(new LeaseLostError(`The lease on the job is lost: ${why}.`));
  }

  renewUntilReleased().catch(() => undefined);
  return {
    signal: lost.signal,
    release: () => {
      released.abort();
    },
  };
}
