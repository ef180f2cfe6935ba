import { type Lease } from '#project/ports/apply-log';
import { type DesiredStateReader } from '#project/ports/desired-state';
import { ApplyPass, type PassObserver, reportTrouble } from './apply-pass.js';
import { DevicePair, type PairObserver, type PairTools } from './device-pair.js';
import { DeviceFailure, failures } from './domain/failures.js';
import { type DriftObserver, type DriftTools, DriftWatch } from './drift-watch.js';
import { settle } from './settle.js';
import { TenantDriver } from './tenant-driver.js';
import { type RemoverTools, TenantRemover } from './tenant-remover.js';

export interface CycleTools extends DriftTools, PairTools, RemoverTools {
  readonly state: DesiredStateReader;
  readonly observer: CycleObserver;
}

/** What metrics want to know of a cycle. */
export type CycleObserver = DriftObserver & PairObserver & PassObserver;

export type CycleResult =
  /** Nothing is left to do that could be done now; in so many milliseconds the next tenant is to be looked at. */
  | { readonly type: 'done'; readonly applied: number; readonly nextLook: number }
  /** Something passing was in the way; all of it is to be tried again. */
  | { readonly type: 'again'; readonly failure: DeviceFailure };

/** Brings a device up to the projections, pass by pass, and looks whether it stays there. */
export class ApplyCycle {
  private readonly pair: DevicePair;
  private readonly drift: DriftWatch;
  private readonly driver: TenantDriver;
  private readonly remover: TenantRemover;
  /**
   * Tenants that are declared in any case: what an earlier holder sent may come yet, and only what was declared since keeps
   * it out. Null before it is known.
   */
  private forced: Set<string> | null = null;

  constructor(
    private readonly lease: Lease,
    private readonly tools: CycleTools,
  ) {
    this.drift = new DriftWatch(lease, tools);
    this.pair = new DevicePair(lease, tools, () => {
      this.forget();
    });
    this.driver = new TenantDriver(lease, tools, this.drift, this.pair);
    this.remover = new TenantRemover(lease, tools, { driver: this.driver, pair: this.pair });
  }

  /**
   * One pass over what is dirty; when nothing is left, what is to be removed, and a look at one tenant that is to be compared with the device.
   * @throws LeaseLost when another worker has taken over; nothing was written then.
   */
  async run(signal: AbortSignal): Promise<CycleResult> {
    try {
      await this.pair.follow(signal);
      this.forced ??= new Set(await this.tools.log.strayed(this.lease.device));
      for (const tenant of await this.settleOpenAttempts(signal)) this.forced.add(tenant);
      const { driver, drift, pair } = this;
      const result = await new ApplyPass(this.lease, this.tools, { driver, drift, pair }, this.forced).run(signal);
      if (result.type === 'again') {
        if (failures[result.failure.kind].device === 'away') this.forget();
        return result;
      }
      const failure = await this.remover.run(signal);
      if (failure !== null) return { type: 'again', failure };
      await this.pair.follow(signal);
      const nextLook = await this.drift.lookAtNext(await this.driver.compiling(signal), signal);
      // What the active unit holds goes to the others only once it is known to be what was applied.
      if (nextLook > 0) await this.pair.synchronise(signal);
      return { type: 'done', applied: result.applied, nextLook };
    } catch (error) {
      if (!(error instanceof DeviceFailure)) throw error;
      await this.reportOutage(error);
      return { type: 'again', failure: error };
    }
  }

  /** Forgets what was read from the device: after an outage it may be another unit, or an older archive. */
  forget(): void {
    this.driver.forget();
    this.drift.forget();
  }

  /** The device could not even be asked: every tenant that has work says why it waits. */
  private async reportOutage(failure: DeviceFailure): Promise<void> {
    this.forget();
    const { tenants } = await this.tools.state.work(this.lease.device);
    for (const { desired } of tenants) await reportTrouble(this.tools.log, this.lease, desired.tenant, failure);
  }

  private async settleOpenAttempts(signal: AbortSignal): Promise<ReadonlySet<string>> {
    const open = await this.tools.log.openAttempts(this.lease.device);
    if (open.length === 0) return new Set();
    const { schemaCurrent } = await this.driver.info(signal);
    for (const attempt of open) {
      this.tools.logger.info(
        { tenant: attempt.tenant, attempt: attempt.id },
        'finding out what became of an open attempt',
      );
      this.driver.forgetStored(attempt.tenant);
      await settle(attempt, this.lease, { ...this.tools, schemaVersion: schemaCurrent }, signal);
    }
    return new Set(open.map((attempt) => attempt.tenant));
  }
}
