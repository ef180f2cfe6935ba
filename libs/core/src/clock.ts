/** Time as an argument: pure code is given one, `libs/platform` has the real one. */
export interface Clock {
  now(): Date;
  /** Milliseconds that only grow, for measuring durations. */
  monotonic(): number;
  /** Resolves after `milliseconds`, or rejects with the signal's reason when it is aborted first. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}
