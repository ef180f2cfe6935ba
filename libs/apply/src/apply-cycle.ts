import { type Lease } from '#project/ports/apply-log';
import { type TenantWork } from '#project/ports/desired-state';
import { type Aim, type TenantResultOfApply } from './domain/apply-state.js';
import { DevicePair, type PairObserver, type PairTools } from './device-pair.js';
import { type Hold } from './domain/contact.js';
import { DeviceFailure, failures } from './domain/failures.js';
import { movingTogether, withoutMoves } from './domain/moves.js';
import { inDeclarationOrder, waitsFor, withdraws } from './domain/tenant-order.js';
import { type DriftObserver, type DriftTools, DriftWatch } from './drift-watch.js';
import { settle } from './settle.js';
import { TenantDriver } from './tenant-driver.js';

export interface CycleTools extends DriftTools, PairTools {
  readonly observer: CycleObserver;
}

/** What metrics want to know of a cycle. */
export interface CycleObserver extends DriftObserver, PairObserver {
  declared(work: TenantWork, result: TenantResultOfApply, seconds: number): void;
}

export type CycleResult =
  /** Nothing is left to do that could be done now; in so many milliseconds the next tenant is to be looked at. */
  | { readonly type: 'done'; readonly applied: number; readonly nextLook: number }
  /** Something passing was in the way; all of it is to be tried again. */
  | { readonly type: 'again'; readonly failure: DeviceFailure };

/** As `CycleResult`; `unfinished` while there is more to do that waits for nothing but what was done now. */
type RoundResult =
  | { readonly type: 'done'; readonly applied: number; readonly unfinished: boolean }
  | Extract<CycleResult, { type: 'again' }>;

/** The device holds what is to be declared of a tenant. */
type InStep = Extract<TenantResultOfApply, { type: 'unchanged' | 'nothing' }>;

/** A tenant in a round: what of it is to be declared, and with whom rules pass. */
interface Task {
  readonly work: TenantWork;
  readonly aim: Aim;
}

/**
 * Brings a device up to the projections, tenant by tenant, in rounds: where one declaration has to wait for another, be it
 * of the same tenant or of another one, the next round goes on from what the database says by then (ADR 19, 22).
 */
export class ApplyCycle {
  private readonly pair: DevicePair;
  private readonly drift: DriftWatch;
  private readonly driver: TenantDriver;

  constructor(
    private readonly lease: Lease,
    private readonly tools: CycleTools,
  ) {
    this.drift = new DriftWatch(lease, tools);
    this.pair = new DevicePair(lease, tools, () => {
      this.forget();
    });
    this.driver = new TenantDriver(lease, tools, this.drift, this.pair);
  }

  /**
   * One pass over what is dirty; when nothing is left, a look at one tenant that is to be compared with the device.
   * @throws LeaseLost when another worker has taken over; nothing was written then.
   */
  async run(signal: AbortSignal): Promise<CycleResult> {
    try {
      await this.pair.follow(signal);
      const forced = await this.settleOpenAttempts(signal);
      let result = await this.round(forced, signal);
      let applied = 0;
      while (result.type === 'done' && result.unfinished) {
        applied += result.applied;
        result = await this.round(new Set(), signal);
      }
      if (result.type === 'again') {
        if (failures[result.failure.kind].device === 'away') this.forget();
        return result;
      }
      await this.pair.follow(signal);
      const nextLook = await this.drift.lookAtNext(await this.driver.compiling(signal), signal);
      // What the active unit holds goes to the others only once it is known to be what was applied.
      if (nextLook > 0) await this.pair.synchronise(signal);
      return { type: 'done', applied: result.applied + applied, nextLook };
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
    for (const work of tenants) await this.writeDown({ work, aim: 'whole' }, { type: 'again', failure });
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

  private async round(forced: ReadonlySet<string>, signal: AbortSignal): Promise<RoundResult> {
    const tasks = await this.tasks(await this.workFor(forced), signal);
    const done = new Map<Task, TenantResultOfApply>();
    const waiting: Task[] = [];
    let again: DeviceFailure | null = null;
    for (const [index, task] of tasks.entries()) {
      const blocking = [...waiting, ...tasks.slice(index + 1)].find((other) => waitsFor(task.work, other.work));
      if (blocking !== undefined && !withdraws(task.work)) {
        await this.reportWaiting(task.work, blocking.work);
        continue;
      }
      const now: Task = blocking === undefined ? task : { ...task, aim: 'withdrawal' };
      const result = await this.apply(now, forced.has(task.work.desired.tenant), signal);
      done.set(now, result);
      if (result.type === 'again') {
        // Trouble with one tenant is no reason for the others to wait; trouble with the device is.
        if (failures[result.failure.kind].device !== 'present') return result;
        again = result.failure;
      }
      if (stops(result)) waiting.push(task);
    }
    if (again !== null) return { type: 'again', failure: again };
    const applied = [...done.values()].filter(({ type }) => type === 'applied').length;
    await this.settleMoves(tasks, done);
    return { type: 'done', applied, unfinished: isUnfinished(tasks, done) };
  }

  /** What there is to do now, in the order in which it is to be declared. */
  private async tasks(tenants: readonly TenantWork[], signal: AbortSignal): Promise<Task[]> {
    const tasks: Task[] = [];
    for (const group of movingTogether(tenants)) {
      if (group.length === 1) tasks.push(...group.map((work): Task => ({ work, aim: 'whole' })));
      else if (await this.canMove(group, signal)) tasks.push(...group.map((work): Task => ({ work, aim: 'move' })));
      else tasks.push(...withoutMoves(group).map((work): Task => ({ work, aim: 'put-back' })));
    }
    const byWork = new Map(tasks.map((task) => [task.work, task]));
    return inDeclarationOrder([...byWork.keys()]).flatMap((work) => byWork.get(work) ?? []);
  }
  /** Whether nothing is known against what is desired of any of them. */
  private async canMove(group: readonly TenantWork[], signal: AbortSignal): Promise<boolean> {
    for (const work of group) {
      const obstacle = await this.driver.obstacle(work, signal);
      if (obstacle?.type === 'again') throw obstacle.failure;
      if (obstacle === null) continue;
      await this.writeDown({ work, aim: 'move' }, obstacle);
      return false;
    }
    return true;
  }

  /** The tenants that are dirty, have an open attempt behind them, or were refused long enough ago. */
  private async workFor(forced: ReadonlySet<string>): Promise<readonly TenantWork[]> {
    const { tenants } = await this.tools.state.work(this.lease.device);
    const missing = [...forced, ...this.driver.dueRefusals()].filter(
      (tenant) => !tenants.some((work) => work.desired.tenant === tenant),
    );
    if (missing.length === 0) return tenants;
    const others = (await this.tools.state.read(this.lease.device, [...new Set(missing)])).tenants;
    return [
      ...tenants,
      ...others.filter((other) => !tenants.some((work) => work.desired.tenant === other.desired.tenant)),
    ];
  }

  private async apply(task: Task, forced: boolean, signal: AbortSignal): Promise<TenantResultOfApply> {
    await this.pair.follow(signal);
    const began = this.tools.clock.monotonic();
    const result = await this.driver.drive(task.work, task.aim, forced, signal);
    this.tools.observer.declared(task.work, result, (this.tools.clock.monotonic() - began) / 1_000);
    await this.writeDown(task, result);
    return result;
  }

  /** Tenants between which rules pass are settled together, once all of them are as desired. */
  private async settleMoves(tasks: readonly Task[], done: ReadonlyMap<Task, TenantResultOfApply>): Promise<void> {
    const moves = tasks.filter(({ aim }) => aim === 'move');
    for (const group of movingTogether(moves.map(({ work }) => work))) {
      const inStep = moves.flatMap((task) => {
        const result = group.includes(task.work) ? done.get(task) : undefined;
        return result?.type === 'unchanged' || result?.type === 'nothing' ? [[task.work, result] as const] : [];
      });
      if (inStep.length < group.length) continue;
      for (const [work, result] of inStep) await this.writeUnchanged(work, result);
    }
  }

  private async writeUnchanged({ desired: { tenant }, position }: TenantWork, { heldBack }: InStep): Promise<void> {
    await this.tools.log.unchanged(this.lease, tenant, position, heldBack);
  }

  private async writeDown({ work, aim }: Task, result: TenantResultOfApply): Promise<void> {
    const { tenant } = work.desired;
    switch (result.type) {
      case 'applied':
        this.drift.applied(work);
        break;
      case 'isolating':
        break;
      case 'unchanged':
      case 'nothing':
        if (aim === 'whole') await this.writeUnchanged(work, result);
        break;
      case 'held':
        await this.tools.log.takeoverFound(this.lease, tenant, result.finding);
        await this.tools.log.report(this.lease, tenant, { state: heldState(result.hold), ...result.hold });
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
}

/**
 * Whether another round can go on at once: with trials for a rule that is refused, with tenants that waited for others, or
 * with what takes the place of a move that turned out to be impossible.
 */
function isUnfinished(tasks: readonly Task[], done: ReadonlyMap<Task, TenantResultOfApply>): boolean {
  const results = [...done];
  if (
    results.some(
      ([{ aim }, { type }]) => type === 'isolating' || (aim === 'move' && (type === 'reported' || type === 'held')),
    )
  )
    return true;
  const progress = results.some(([, { type }]) => type === 'applied');
  return progress && (done.size < tasks.length || results.some(([{ aim }]) => aim === 'withdrawal' || aim === 'move'));
}

/** Observing goes on by itself; a hold wants somebody to act. */
function heldState({ reason }: Hold): 'waiting' | 'failed' {
  return reason === 'Observing' ? 'waiting' : 'failed';
}

/** Those that wait for the tenant go on waiting. */
function stops({ type }: TenantResultOfApply): boolean {
  return type === 'again' || type === 'reported' || type === 'held';
}
