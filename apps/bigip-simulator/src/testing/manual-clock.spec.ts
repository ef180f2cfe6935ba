import { type Clock } from '#platform/clock';
import { waitFor } from '#testing/wait-for';

/** Time that passes only when the test says so. */
export class ManualClock implements Clock {
  #time = 0;
  #sleepers: { readonly due: number; readonly wake: () => void }[] = [];

  /** How many are asleep. */
  get sleeping(): number {
    return this.#sleepers.length;
  }

  now(): Date {
    return new Date(Date.UTC(2026, 0, 1) + this.#time);
  }

  monotonic(): number {
    return this.#time;
  }

  sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (milliseconds <= 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
        reject(signal?.reason instanceof Error ? signal.reason : new Error('aborted'));
      };
      const wake = (): void => {
        signal?.removeEventListener('abort', abort);
        resolve();
      };
      const sleeper = { due: this.#time + milliseconds, wake };
      this.#sleepers.push(sleeper);
      signal?.addEventListener('abort', abort);
    });
  }

  advance(milliseconds: number): void {
    this.#time += milliseconds;
    const due = this.#sleepers.filter((sleeper) => sleeper.due <= this.#time);
    this.#sleepers = this.#sleepers.filter((sleeper) => sleeper.due > this.#time);
    for (const { wake } of due) wake();
  }

  /** Lets time pass in steps of so many milliseconds until the promise is settled. */
  async until<Result>(promise: Promise<Result>, step: number): Promise<Result> {
    let settled = false;
    const settle = (): void => {
      settled = true;
    };
    promise.then(settle, settle);
    await waitFor(() => {
      if (!settled) this.advance(step);
      if (!settled) throw new Error('not settled yet');
    });
    return promise;
  }
}
