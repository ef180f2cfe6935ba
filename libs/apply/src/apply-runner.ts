import { type Clock } from '#core/clock';
import { type ApplyLog, type Lease, LeaseLost } from '#project/ports/apply-log';
import { ApplyCycle, type CycleObserver, type CycleResult, type CycleTools } from './apply-cycle.js';
import { type Breaker, initialBreaker, onFailure, onSuccess, waitBeforeNext, waitWhileBusy } from './domain/breaker.js';
import { DeviceFailure, failures } from './domain/failures.js';
import { type Hints, nextPassAt, type Window, withHint } from './domain/gathering.js';

export interface RunnerOptions {
  readonly device: string;
  /** Names this process; unique among all workers. */
  readonly holder: string;
  readonly window: Window;
  /** A pass is made this often without any hint, in milliseconds: hints may be lost. */
  readonly sweep: number;
  /** How long the lease lasts without renewal, in milliseconds. It is renewed three times as often. */
  readonly lease: number;
  readonly random: () => number;
  /**
   * Begins to listen for hints; called when the lease is taken, closed when it ends: a hint that a standby takes from the
   * queue would wake nobody.
   */
  readonly listen: (wake: () => void) => Promise<{ close(): Promise<void> }>;
}

export const defaultRunnerOptions = {
  window: { quiet: 200, most: 2_000 },
  sweep: 30_000,
  lease: 12_000,
  random: Math.random,
} as const;

/** How a worker stands with its device, for health and metrics. */
export type RunnerState =
  | { readonly role: 'standby' }
  | { readonly role: 'holder'; readonly epoch: number; readonly breaker: Breaker; readonly busy: boolean };

/** What metrics want to know of a runner. */
export interface RunnerObserver extends CycleObserver {
  became(state: RunnerState): void;
}

/**
 * Keeps one device in step for as long as the process lives: takes the lease or stands by, gathers hints for a short
 * window, makes passes, and backs off behind a circuit breaker while the device is away. Hints only wake it; what there
 * is to do, it reads from the projections.
 */
export class ApplyRunner {
  private woken: (() => void) | null = null;
  /** Since the last pass began. */
  private hints: Hints | null = null;
  private current: RunnerState = { role: 'standby' };

  constructor(
    private readonly tools: CycleTools & { readonly observer: RunnerObserver },
    private readonly options: RunnerOptions,
  ) {}

  get state(): RunnerState {
    return this.current;
  }

  /** Runs until the signal is aborted; then the lease is given back and the promise resolves. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, log, logger } = this.tools;
    while (!signal.aborted) {
      try {
        const lease = await log.acquire(this.options.device, this.options.holder, this.options.lease);
        if (lease === null) await clock.sleep(this.options.lease / 6, signal);
        else await this.hold(lease, signal);
      } catch (error) {
        if (aborted(signal)) break;
        if (error instanceof LeaseLost)
          logger.warn({ device: this.options.device }, 'another worker has taken the device over');
        else {
          logger.error({ error, device: this.options.device }, 'the pass failed; it is repeated');
          await clock.sleep(1_000, signal).catch(() => undefined);
        }
      } finally {
        this.become({ role: 'standby' });
      }
    }
  }

  private async hold(lease: Lease, signal: AbortSignal): Promise<void> {
    const { log, logger } = this.tools;
    const lost = new AbortController();
    const both = AbortSignal.any([signal, lost.signal]);
    const renewal = keepRenewing(lease, this.options.lease, log, this.tools.clock, lost, both);
    logger.info({ device: lease.device, epoch: lease.epoch }, 'holding the device');
    const hints = await this.options.listen(() => {
      this.wake();
    });
    try {
      await this.passes(new ApplyCycle(lease, this.tools), lease, both);
    } catch (error) {
      // What ended the renewal is the reason, whatever it made the pass stumble over.
      throw lost.signal.aborted ? lost.signal.reason : error;
    } finally {
      lost.abort();
      await hints.close();
      await renewal;
      if (signal.aborted) await log.release(lease).catch(() => undefined);
    }
  }

  private async passes(cycle: ApplyCycle, lease: Lease, signal: AbortSignal): Promise<void> {
    const { clock, logger } = this.tools;
    let breaker: Breaker = initialBreaker;
    let busySince: number | null = null;
    for (;;) {
      this.hints = null;
      this.become({ role: 'holder', epoch: lease.epoch, breaker, busy: false });
      const result = await this.pass(cycle, breaker, signal);
      if (result.type === 'done') {
        breaker = onSuccess();
        busySince = null;
        this.become({ role: 'holder', epoch: lease.epoch, breaker, busy: false });
        await this.rest(Math.min(this.options.sweep, result.nextLook), signal);
        continue;
      }
      const { failure } = result;
      const busy = failures[failure.kind].device === 'busy';
      if (failures[failure.kind].device === 'away') breaker = onFailure(breaker, failure.message, clock.now());
      this.become({ role: 'holder', epoch: lease.epoch, breaker, busy });
      busySince = busy ? (busySince ?? clock.monotonic()) : null;
      const wait =
        busySince === null
          ? waitBeforeNext(breaker, this.options.random())
          : waitWhileBusy(clock.monotonic() - busySince);
      logger.warn(
        { device: lease.device, failure: failure.kind, detail: failure.detail, wait },
        'the device cannot be brought up to date now',
      );
      await clock.sleep(wait, signal);
    }
  }

  /** One pass; while the breaker is open, only a probe that has to succeed first. */
  private async pass(cycle: ApplyCycle, breaker: Breaker, signal: AbortSignal): Promise<CycleResult> {
    if (breaker.state === 'open') {
      const failure = await this.probe(signal);
      if (failure !== null) return { type: 'again', failure };
      cycle.forget();
    }
    return cycle.run(signal);
  }

  private async probe(signal: AbortSignal): Promise<DeviceFailure | null> {
    try {
      await this.tools.device.info(signal);
      return null;
    } catch (error) {
      if (error instanceof DeviceFailure) return error;
      throw error;
    }
  }

  /** Sleeps until a hint comes, at most so many milliseconds; after a hint, gathers what comes along with it. */
  private async rest(most: number, signal: AbortSignal): Promise<void> {
    const { clock } = this.tools;
    if (this.hints === null && most > 0) await this.hintOr(most, signal);
    while (this.hints !== null) {
      const wait = nextPassAt(this.hints, this.options.window) - clock.monotonic();
      if (wait <= 0) return;
      await clock.sleep(wait, signal);
    }
  }

  private async hintOr(milliseconds: number, signal: AbortSignal): Promise<void> {
    const over = new AbortController();
    const hint = new Promise<void>((resolve) => (this.woken = resolve));
    const sleep = this.tools.clock.sleep(milliseconds, AbortSignal.any([signal, over.signal]));
    try {
      await Promise.race([hint, sleep]);
    } finally {
      this.woken = null;
      over.abort();
      await sleep.catch(() => undefined);
    }
    signal.throwIfAborted();
  }

  private wake(): void {
    this.hints = withHint(this.hints, this.tools.clock.monotonic());
    this.woken?.();
  }

  private become(state: RunnerState): void {
    this.current = state;
    this.tools.observer.became(state);
  }
}

/** Asked anew after each wait: the compiler takes a property that it has seen for unchanged. */
function aborted(signal: AbortSignal): boolean {
  return signal.aborted;
}

async function keepRenewing(
  lease: Lease,
  milliseconds: number,
  log: ApplyLog,
  clock: Clock,
  lost: AbortController,
  signal: AbortSignal,
): Promise<void> {
  const interval = milliseconds / 3;
  let renewed = clock.monotonic();
  while (!signal.aborted) {
    await clock.sleep(interval, signal).catch(() => undefined);
    if (aborted(signal)) return;
    try {
      await log.renew(lease, milliseconds);
      renewed = clock.monotonic();
    } catch (error) {
      // A database that is away for a moment is no loss yet; a lease that must have run out is.
      if (error instanceof LeaseLost || clock.monotonic() - renewed > milliseconds) lost.abort(error);
    }
  }
}
