import { type Clock } from '#core/clock';
import { type ApplyLog, type Lease } from '#project/ports/apply-log';
import { type DesiredStateReader, type TenantWork } from '#project/ports/desired-state';
import { type DevicePair } from './device-pair.js';
import { type Aim, type TenantResultOfApply } from './domain/apply-state.js';
import { type Hold } from './domain/contact.js';
import { type DeviceFailure, failures } from './domain/failures.js';
import { movingTogether, withoutMoves } from './domain/moves.js';
import { inDeclarationOrder, waitsFor, withdraws } from './domain/tenant-order.js';
import {
  agendaOf,
  isAnyUnfinished,
  isStale,
  nextTurn,
  noTurns,
  type Turns,
  without,
  withTurn,
} from './domain/turns.js';
import { type DriftWatch } from './drift-watch.js';
import { type TenantDriver } from './tenant-driver.js';

export type PassResult =
  /** All that was dirty had its turn, and nothing is left to do that could be done now. */
  | { readonly type: 'done'; readonly applied: number }
  /** Something passing was in the way; all of it is to be tried again. */
  | { readonly type: 'again'; readonly failure: DeviceFailure };

/** The device holds what is to be declared of a tenant. */
type InStep = Extract<TenantResultOfApply, { type: 'unchanged' | 'nothing' }>;

/** What of a tenant is to be declared in its turn, and with whom rules pass. */
interface Task {
  readonly work: TenantWork;
  readonly aim: Aim;
}

export interface PassTools {
  readonly state: Pick<DesiredStateReader, 'work' | 'read'>;
  readonly log: Pick<ApplyLog, 'report' | 'unchanged' | 'takeoverFound'>;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly observer: PassObserver;
}

/** What metrics want to know of a pass. */
export interface PassObserver {
  declared(work: TenantWork, result: TenantResultOfApply, seconds: number): void;
}

interface PassParts {
  readonly driver: Pick<TenantDriver, 'drive' | 'obstacle' | 'dueRefusals'>;
  readonly drift: Pick<DriftWatch, 'applied'>;
  readonly pair: Pick<DevicePair, 'follow'>;
}

/**
 * One pass over what is dirty, in turns: each takes a tenant, with those that are tied to it, on what the database says by
 * then, so that a tenant that comes late is not declared with what was true when the pass began (ADR 22). Where one
 * declaration has to wait for another, be it of the same tenant (ADR 19) or of another one, a later turn goes on.
 */
export class ApplyPass {
  private turns: Turns = noTurns;
  private applied = 0;
  /** The tenants with which something passing is the matter: nothing more is done with them in this pass. */
  private readonly troubled = new Map<string, DeviceFailure>();
  /** To be taken up though they may not be dirty. */
  private readonly asked: Set<string>;

  /** @param forced tenants that are declared in any case; who was is taken out. */
  constructor(
    private readonly lease: Lease,
    private readonly tools: PassTools,
    private readonly parts: PassParts,
    private readonly forced: Set<string>,
  ) {
    this.asked = new Set(forced);
  }

  /** @throws LeaseLost; DeviceFailure when the device cannot be asked. */
  async run(signal: AbortSignal): Promise<PassResult> {
    const { clock } = this.tools;
    for (;;) {
      const began = clock.monotonic();
      let agenda = agendaOf(await this.work());
      const cost = clock.monotonic() - began;
      let group = nextTurn(agenda, this.turns);
      if (group.length === 0) return this.result();
      do {
        const failure = await this.turn(group, signal);
        if (failure !== null) return { type: 'again', failure };
        agenda = without(agenda, group);
        group = nextTurn(agenda, this.turns);
      } while (group.length > 0 && !isStale(clock.monotonic() - began, cost));
      if (group.length === 0 && !isAnyUnfinished(this.turns)) return this.result();
    }
  }

  private result(): PassResult {
    const [failure] = this.troubled.values();
    return failure === undefined ? { type: 'done', applied: this.applied } : { type: 'again', failure };
  }

  /** The tenants that are dirty, have an open attempt behind them, or were refused long enough ago. */
  private async work(): Promise<readonly TenantWork[]> {
    const { state } = this.tools;
    const { device } = this.lease;
    const { tenants } = await state.work(device);
    for (const tenant of this.parts.driver.dueRefusals()) this.asked.add(tenant);
    const isRead = (tenant: string) => tenants.some(({ desired }) => desired.tenant === tenant);
    const missing = [...this.asked].filter((tenant) => !isRead(tenant));
    if (missing.length === 0) return tenants;
    const others = (await state.read(device, missing)).tenants;
    return [...tenants, ...others.filter(({ desired }) => !isRead(desired.tenant))];
  }

  /** Does what can be done with the tenants now. Gives what ends the pass at once. */
  private async turn(group: readonly TenantWork[], signal: AbortSignal): Promise<DeviceFailure | null> {
    const groups = movingTogether(group);
    const isTroubled = ({ desired }: TenantWork) => this.troubled.has(desired.tenant);
    const waiting = groups.filter((moving) => moving.some(isTroubled)).flat();
    const tasks = await this.tasks(
      groups.filter((moving) => !moving.some(isTroubled)),
      signal,
    );
    const done = new Map<Task, TenantResultOfApply>();
    for (const [index, task] of tasks.entries()) {
      const later = tasks.slice(index + 1).map(({ work }) => work);
      const blocking = [...waiting, ...later].find((other) => waitsFor(task.work, other));
      if (blocking !== undefined && !withdraws(task.work)) {
        await this.reportWaiting(task.work, blocking);
        continue;
      }
      const now: Task = blocking === undefined ? task : { ...task, aim: 'withdrawal' };
      const result = await this.apply(now, signal);
      done.set(now, result);
      if (result.type === 'again') {
        // Trouble with one tenant is no reason for the others to wait; trouble with the device is.
        if (failures[result.failure.kind].device !== 'present') return result.failure;
        this.troubled.set(task.work.desired.tenant, result.failure);
      }
      if (stops(result)) waiting.push(task.work);
    }
    this.applied += [...done.values()].filter(({ type }) => type === 'applied').length;
    const isInTrouble = group.some(isTroubled);
    if (!isInTrouble) await this.settleMoves(tasks, done);
    this.turns = withTurn(this.turns, group, !isInTrouble && isUnfinished(tasks, done));
    for (const { desired } of group) this.asked.delete(desired.tenant);
    return null;
  }

  /** What there is to do in a turn, in the order in which it is to be declared. */
  private async tasks(groups: readonly TenantWork[][], signal: AbortSignal): Promise<Task[]> {
    const tasks: Task[] = [];
    for (const group of groups) {
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
      const obstacle = await this.parts.driver.obstacle(work, signal);
      if (obstacle?.type === 'again') throw obstacle.failure;
      if (obstacle === null) continue;
      await this.writeDown({ work, aim: 'move' }, obstacle);
      return false;
    }
    return true;
  }

  private async apply(task: Task, signal: AbortSignal): Promise<TenantResultOfApply> {
    const { pair, driver } = this.parts;
    await pair.follow(signal);
    const { tenant } = task.work.desired;
    const began = this.tools.clock.monotonic();
    const result = await driver.drive(task.work, task.aim, this.forced.has(tenant), signal);
    if (result.type !== 'again') this.forced.delete(tenant);
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
        this.parts.drift.applied(work);
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
        await reportTrouble(this.tools.log, this.lease, tenant, result.failure);
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

/** Says why a tenant waits, while something passing is in the way. */
export async function reportTrouble(
  log: Pick<ApplyLog, 'report'>,
  lease: Lease,
  tenant: string,
  { message }: DeviceFailure,
): Promise<void> {
  await log.report(lease, tenant, { state: 'waiting', reason: 'Waiting', message: `${message}. It is tried again.` });
}

/**
 * Whether another turn can go on at once: with trials for a rule that is refused, with tenants that waited for others, or
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
