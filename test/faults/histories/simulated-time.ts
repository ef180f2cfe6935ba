import { type Clock } from '#platform/clock';

interface Sleeper {
  readonly due: number;
  readonly wake: () => void;
}

/**
 * One time for a whole history. It passes only while a worker of ours waits for it: then the device's own work goes on
 * for as long, and no real moment is spent.
 */
export class SimulatedTime {
  private time = Date.parse('2026-03-01T12:00:00.000Z');
  private sleepers: Sleeper[] = [];
  private unhurried = true;

  /** Whoever sleeps by this one moves time on. */
  readonly ours: Clock = {
    now: () => new Date(this.time),
    monotonic: () => this.time,
    sleep: (milliseconds, signal) => {
      signal?.throwIfAborted();
      this.pass(milliseconds);
      return Promise.resolve();
    },
  };

  /** Whoever sleeps by this one wakes when somebody else has moved time on far enough. */
  readonly others: Clock = {
    now: () => new Date(this.time),
    monotonic: () => this.time,
    sleep: (milliseconds, signal) =>
      this.sleepUntil(this.time + (this.isSpared(milliseconds) ? 0 : milliseconds), signal),
  };

  /** Work, and no time limit. */
  private isSpared(milliseconds: number): boolean {
    return !this.unhurried && milliseconds < 10_000;
  }

  pass(milliseconds: number): void {
    this.time += milliseconds;
    const due = this.sleepers.filter((sleeper) => sleeper.due <= this.time);
    this.sleepers = this.sleepers.filter((sleeper) => sleeper.due > this.time);
    for (const { wake } of due) wake();
  }

  /** Somebody waits for an answer without looking at the clock: what the others begin meanwhile takes them no time. */
  async atOnce<Result>(work: () => Promise<Result>): Promise<Result> {
    this.unhurried = false;
    try {
      return await work();
    } finally {
      this.unhurried = true;
    }
  }

  private sleepUntil(due: number, signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    if (due <= this.time) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        this.sleepers = this.sleepers.filter((other) => other !== sleeper);
        reject(signal?.reason instanceof Error ? signal.reason : new Error('aborted'));
      };
      const sleeper: Sleeper = {
        due,
        wake: () => {
          signal?.removeEventListener('abort', abort);
          resolve();
        },
      };
      this.sleepers.push(sleeper);
      signal?.addEventListener('abort', abort, { once: true });
    });
  }
}
