import { type Clock } from './clock.js';

export interface BackoffOptions {
  /** Upper bound of the first delay, in milliseconds. */
  readonly initial: number;
  /** What the upper bound is multiplied by after each delay. */
  readonly factor: number;
  /** The upper bound never exceeds this, in milliseconds. */
  readonly maximum: number;
  /** Uniform in [0, 1); `Math.random` in production. */
  readonly random: () => number;
}

export interface Backoff {
  /** The next delay, in milliseconds. */
  next(): number;
  /** To be called after a success: the next delay is drawn from the initial bound again. */
  reset(): void;
}

/** What client-go's reflector uses: 800 ms, doubled up to 30 s. */
export const defaultBackoff: BackoffOptions = { initial: 800, factor: 2, maximum: 30_000, random: Math.random };

/**
 * Exponential back-off with full jitter: each delay is uniform between zero and a bound that grows, so that
 * many clients that failed together do not come back together.
 */
export function backoff(options: Partial<BackoffOptions> = {}): Backoff {
  const { initial, factor, maximum, random } = { ...defaultBackoff, ...options };
  let bound = Math.min(initial, maximum);
  return {
    next() {
      const delay = Math.round(random() * bound);
      bound = Math.min(bound * factor, maximum);
      return delay;
    },
    reset() {
      bound = Math.min(initial, maximum);
    },
  };
}

export interface FailedAttempt {
  /** 1 for the first failure. */
  readonly attempt: number;
  /** Milliseconds until the next attempt. */
  readonly delay: number;
}

export interface RetryOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly backoff: Backoff;
  /** Called after each failure, before the delay. When it throws, the retrying ends with what it threw. */
  readonly onError: (error: unknown, failed: FailedAttempt) => void;
}

/**
 * Repeats `operation` until it succeeds, and returns its result.
 * Ends early only by the signal: then it rejects with the signal's reason.
 */
export async function retryForever<Result>(
  operation: (signal: AbortSignal) => Promise<Result>,
  options: RetryOptions,
): Promise<Result> {
  const { clock, signal, onError } = options;
  for (let attempt = 1; ; attempt += 1) {
    signal.throwIfAborted();
    try {
      const result = await operation(signal);
      options.backoff.reset();
      return result;
    } catch (error) {
      signal.throwIfAborted();
      const delay = options.backoff.next();
      onError(error, { attempt, delay });
      await clock.sleep(delay, signal);
    }
  }
}
