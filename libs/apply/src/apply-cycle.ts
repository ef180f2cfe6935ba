import { createTenantCompiler, type TenantCompiler } from '#compile/tenant-compiler';
import { commonTenant } from '#core/configuration';
import { type Lease } from '#project/ports/apply-log';
import { type TenantWork } from '#project/ports/desired-state';
import { type Compile, type TenantApply, type TenantResultOfApply } from './domain/apply-state.js';
import { type As3Info, versionProblem } from './domain/as3-version.js';
import { type StoredTenant } from './domain/contact.js';
import { DeviceFailure, failures } from './domain/failures.js';
import { withReordering } from './domain/reordering.js';
import { decide, evolve, start } from './domain/tenant-apply.js';
import { type Isolation, type Refusal } from './domain/tenant-isolation.js';
import { inDeclarationOrder, waitsFor } from './domain/tenant-order.js';
import { type DriftObserver, type DriftTools, DriftWatch } from './drift-watch.js';
import { Performer } from './performer.js';
import { settle } from './settle.js';

export interface CycleTools extends DriftTools {
  /** The device group that is brought up to date after a change; null where the device does that by itself. */
  readonly syncGroup: string | null;
  readonly observer: CycleObserver;
}

/** What metrics want to know of a cycle. */
export interface CycleObserver extends DriftObserver {
  /** Another unit of the device is active now. */
  failedOver(unit: string): void;
  synchronised(result: 'done' | 'failed'): void;
  declared(work: TenantWork, result: TenantResultOfApply, seconds: number): void;
}

export type CycleResult =
  /** Nothing is left to do that could be done now; in so many milliseconds the next tenant is to be looked at. */
  | { readonly type: 'done'; readonly applied: number; readonly nextLook: number }
  /** Something passing was in the way; all of it is to be tried again. */
  | { readonly type: 'again'; readonly failure: DeviceFailure };

/** As `CycleResult`; `isolating` while some tenant has a trial before it. */
type RoundResult =
  | { readonly type: 'done'; readonly applied: number; readonly isolating: boolean }
  | Extract<CycleResult, { type: 'again' }>;

/** A refusal is not provoked again by the same content for this long. */
const refusalMemory = 10 * 60_000;

/**
 * Brings a device up to the projections, tenant by tenant. Lives as long as its worker holds the lease: it remembers what
 * AS3 stored, so that a change costs one declaration and no reading (fault 9 of CES 0.5).
 */
export class ApplyCycle {
  private readonly compilers = new Map<string, TenantCompiler>();
  private readonly stored = new Map<string, StoredTenant | null>();
  private readonly refusals = new Map<string, Refusal & { readonly until: number }>();
  private readonly isolations = new Map<string, Isolation>();
  private as3: As3Info | null = null;
  private unit: string | null = null;
  /** Another holder may not have come to it. */
  private unsynchronised = true;

  private readonly performer: Performer;
  private readonly drift: DriftWatch;

  constructor(
    private readonly lease: Lease,
    private readonly tools: CycleTools,
  ) {
    this.performer = new Performer(lease, tools);
    this.drift = new DriftWatch(lease, tools);
  }

  /**
   * One pass over what is dirty; when nothing is left, a look at one tenant that is to be compared with the device.
   * @throws LeaseLost when another worker has taken over; nothing was written then.
   */
  async run(signal: AbortSignal): Promise<CycleResult> {
    try {
      await this.follow(signal);
      const forced = await this.settleOpenAttempts(signal);
      let result = await this.applyAll(forced, signal);
      let applied = 0;
      // A rule is looked for trial by trial, each on what the projections say by then.
      while (result.type === 'done' && result.isolating) {
        applied += result.applied;
        result = await this.applyAll(new Set(), signal);
      }
      if (result.type === 'again') {
        if (failures[result.failure.kind].device === 'away') this.forget();
        return result;
      }
      const nextLook = await this.look(signal);
      // What the active unit holds goes to the others only once it is known to be what was applied.
      if (nextLook > 0) await this.synchronise(signal);
      return { type: 'done', applied: result.applied + applied, nextLook };
    } catch (error) {
      if (!(error instanceof DeviceFailure)) throw error;
      await this.reportOutage(error);
      return { type: 'again', failure: error };
    }
  }

  /** Forgets what was read from the device: after an outage it may be another unit, or an older archive. */
  forget(): void {
    this.as3 = null;
    this.stored.clear();
    this.drift.forget();
  }

  /** A fail-over is a reconnect: what was read of one unit says nothing of the other. */
  private async follow(signal: AbortSignal): Promise<void> {
    const { device, logger, observer } = this.tools;
    const unit = await device.follow(signal);
    if (this.unit !== null && unit !== this.unit) {
      logger.warn({ device: this.lease.device, unit, before: this.unit }, 'another unit of the device is active');
      observer.failedOver(unit);
      this.forget();
    }
    this.unit = unit;
  }

  private async synchronise(signal: AbortSignal): Promise<void> {
    const { device, syncGroup, logger, observer } = this.tools;
    if (syncGroup === null || !this.unsynchronised) return;
    try {
      await device.synchronise(syncGroup, signal);
    } catch (error) {
      if (!(error instanceof DeviceFailure) || error.kind !== 'sync-failed') throw error;
      // Changes go on; it is tried again with the next pass.
      logger.warn({ device: this.lease.device, detail: error.detail }, 'the other unit is not up to date');
      observer.synchronised('failed');
      return;
    }
    this.unsynchronised = false;
    observer.synchronised('done');
  }

  private async look(signal: AbortSignal): Promise<number> {
    await this.follow(signal);
    const info = await this.info(signal);
    const compile = this.compileFor(info);
    return this.drift.lookAtNext(
      {
        schemaVersion: info.schemaCurrent,
        compile: (work, stored) => compile(work, work.desired.rules, stored),
      },
      signal,
    );
  }

  /** The device could not even be asked: every tenant that has work says why it waits. */
  private async reportOutage(failure: DeviceFailure): Promise<void> {
    this.forget();
    const { tenants } = await this.tools.state.work(this.lease.device);
    for (const work of tenants) await this.writeDown(work, { type: 'again', failure });
  }

  private async settleOpenAttempts(signal: AbortSignal): Promise<ReadonlySet<string>> {
    const open = await this.tools.log.openAttempts(this.lease.device);
    if (open.length === 0) return new Set();
    const { schemaCurrent } = await this.info(signal);
    for (const attempt of open) {
      this.tools.logger.info(
        { tenant: attempt.tenant, attempt: attempt.id },
        'finding out what became of an open attempt',
      );
      this.stored.delete(attempt.tenant);
      await settle(attempt, this.lease, { ...this.tools, schemaVersion: schemaCurrent }, signal);
    }
    return new Set(open.map((attempt) => attempt.tenant));
  }

  private async applyAll(forced: ReadonlySet<string>, signal: AbortSignal): Promise<RoundResult> {
    const { tenants } = await this.tools.state.work(this.lease.device);
    const missing = [...forced, ...this.dueRefusals()].filter(
      (tenant) => !tenants.some((work) => work.desired.tenant === tenant),
    );
    const others =
      missing.length === 0 ? [] : (await this.tools.state.read(this.lease.device, [...new Set(missing)])).tenants;
    const unfinished: TenantWork[] = [];
    let applied = 0;
    let isolating = false;
    let again: DeviceFailure | null = null;
    for (const work of inDeclarationOrder([...tenants, ...others])) {
      const blocking = unfinished.find((other) => waitsFor(work, other));
      if (blocking !== undefined) {
        await this.reportWaiting(work, blocking);
        continue;
      }
      const result = await this.apply(work, forced.has(work.desired.tenant), signal);
      if (result.type === 'again') {
        // Trouble with one tenant is no reason for the others to wait; trouble with the device is.
        if (failures[result.failure.kind].device !== 'present') return result;
        again = result.failure;
        unfinished.push(work);
      }
      if (result.type === 'applied') applied += 1;
      if (result.type === 'isolating') isolating = true;
      if (result.type === 'reported') unfinished.push(work);
    }
    return again === null ? { type: 'done', applied, isolating } : { type: 'again', failure: again };
  }

  private async apply(work: TenantWork, forced: boolean, signal: AbortSignal): Promise<TenantResultOfApply> {
    const { tenant } = work.desired;
    await this.follow(signal);
    const info = await this.info(signal);
    const problem = versionProblem(info, work.desired.configurations);
    if (problem !== null) {
      const report = { state: 'failed', reason: 'As3VersionUnsupported', message: problem } as const;
      await this.tools.log.report(this.lease, tenant, report);
      return { type: 'reported', report, refusal: null };
    }
    const began = this.tools.clock.monotonic();
    const result = await this.drive(work, forced, info, signal);
    this.tools.observer.declared(work, result, (this.tools.clock.monotonic() - began) / 1_000);
    await this.writeDown(work, result);
    return result;
  }

  /** Alternates between deciding and doing until the tenant is over. */
  private async drive(
    work: TenantWork,
    forced: boolean,
    info: As3Info,
    signal: AbortSignal,
  ): Promise<TenantResultOfApply> {
    const { tenant } = work.desired;
    const refusal = work.resync ? null : (this.refusals.get(tenant) ?? null);
    const compile = this.compileFor(info);
    const stored = forced || work.resync ? undefined : this.stored.get(tenant);
    const takeover = work.desired.configurations.every((configuration) => configuration.takeover === 'automatic')
      ? 'automatic'
      : 'hold';
    const isolation = this.isolations.get(tenant) ?? null;
    let apply: TenantApply = start(work, { takeover, forced, stored, refusal, isolation }, compile);
    for (let command = decide(apply); command !== null; command = decide(apply)) {
      if (command.type === 'declare') this.unsynchronised = true;
      const observation = await this.performer.perform(command, apply, signal);
      const untouched = apply.held === (work.current?.digest ?? null);
      if (observation.type === 'stored' && untouched) await this.drift.read(work, observation.stored);
      apply = evolve(apply, observation, compile);
    }
    this.remember(apply);
    return apply.phase === 'over' ? apply.result : { type: 'nothing' };
  }

  private async writeDown(work: TenantWork, result: TenantResultOfApply): Promise<void> {
    const { tenant } = work.desired;
    switch (result.type) {
      case 'applied':
        this.drift.applied(work);
        break;
      case 'isolating':
        break;
      case 'unchanged':
        await this.tools.log.unchanged(this.lease, tenant, work.position, result.heldBack);
        break;
      case 'nothing':
        await this.tools.log.unchanged(this.lease, tenant, work.position);
        break;
      case 'reported':
        await this.tools.log.report(this.lease, tenant, result.report);
        break;
      case 'again':
        await this.tools.log.report(this.lease, tenant, {
          state: 'waiting',
          reason: 'Waiting',
          message: `${result.failure.message}. It is tried again.`,
        });
        break;
    }
  }

  private async reportWaiting(work: TenantWork, blocking: TenantWork): Promise<void> {
    await this.tools.log.report(this.lease, work.desired.tenant, {
      state: 'waiting',
      reason: 'WithdrawalFirst',
      message: `The tenant "${blocking.desired.tenant}" still has to withdraw an address that this one grants.`,
    });
  }

  private remember(apply: TenantApply): void {
    const { tenant } = apply.work.desired;
    const { stored } = apply;
    // AS3 redeploys Common on its own account when another tenant points into it: its key is read anew each time.
    if (stored === undefined || tenant === commonTenant) this.stored.delete(tenant);
    else this.stored.set(tenant, stored);
    if (apply.phase !== 'over') return;
    const { result } = apply;
    if (result.type === 'isolating') this.isolations.set(tenant, result.isolation);
    else if (result.type !== 'again') this.isolations.delete(tenant);
    if (!('refusal' in result)) return;
    const { refusal } = result;
    if (refusal === null) this.refusals.delete(tenant);
    else if (this.refusals.get(tenant)?.digest !== refusal.digest) {
      this.refusals.set(tenant, { ...refusal, until: this.tools.clock.now().getTime() + refusalMemory });
    }
  }

  /** Tenants whose refused rules are worth another try: what the device lacked may be there by now. */
  private dueRefusals(): string[] {
    const now = this.tools.clock.now().getTime();
    const due = [...this.refusals].filter(([, refusal]) => refusal.until <= now).map(([tenant]) => tenant);
    due.forEach((tenant) => this.refusals.delete(tenant));
    return due;
  }

  private compileFor(info: As3Info): Compile {
    return (work, rules, stored) => {
      const { desired, drift } = work;
      const { tenant } = desired;
      const compiler = this.compilers.get(tenant) ?? createTenantCompiler();
      this.compilers.set(tenant, compiler);
      const input = { desired: { ...desired, rules }, as3Version: info.version, stored: stored?.body ?? null };
      const compiled = compiler.compile(input);
      const reorders = compiled !== null && work.resync && drift.present?.reordered === true;
      return reorders ? withReordering(compiled, desired) : compiled;
    };
  }

  private async info(signal: AbortSignal): Promise<As3Info> {
    this.as3 ??= await this.tools.device.info(signal);
    return this.as3;
  }
}
