import { type CompiledTenant, type Enforcement } from '#compile/compile-tenant';
import { requestFor } from '#compile/request';
import { createTenantCompiler, type TenantCompiler } from '#compile/tenant-compiler';
import { type Clock } from '#core/clock';
import { commonTenant } from '#core/configuration';
import { isJsonObject, type JsonObject } from '#core/json';
import { type Logger } from '#platform/logger';
import { type ApplyLog, type Lease } from '#project/ports/apply-log';
import { type DesiredStateReader, type TenantWork } from '#project/ports/desired-state';
import { type As3Info, versionProblem } from './domain/as3-version.js';
import { type StoredTenant } from './domain/contact.js';
import { type EnforcementFinding } from './domain/enforcement.js';
import { DeviceFailure, failures } from './domain/failures.js';
import {
  type Command,
  type Compile,
  decide,
  evolve,
  type Observation,
  type Refusal,
  start,
  type TenantApply,
  type TenantResultOfApply,
} from './domain/tenant-apply.js';
import { inDeclarationOrder, waitsFor } from './domain/tenant-order.js';
import { pollTask } from './poll.js';
import { type Device } from './ports/device.js';
import { settle } from './settle.js';

export interface CycleTools {
  readonly device: Device;
  readonly state: DesiredStateReader;
  readonly log: ApplyLog;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly observer: CycleObserver;
}

/** What metrics want to know of a cycle. */
export interface CycleObserver {
  declared(work: TenantWork, result: TenantResultOfApply, seconds: number): void;
}

export type CycleResult =
  /** Nothing is left to do that could be done now. */
  | { readonly type: 'done'; readonly applied: number }
  /** Something passing was in the way; all of it is to be tried again. */
  | { readonly type: 'again'; readonly failure: DeviceFailure };

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
  private as3: As3Info | null = null;

  constructor(
    private readonly lease: Lease,
    private readonly tools: CycleTools,
  ) {}

  /**
   * One pass over what is dirty.
   * @throws LeaseLost when another worker has taken over; nothing was written then.
   */
  async run(signal: AbortSignal): Promise<CycleResult> {
    try {
      const forced = await this.settleOpenAttempts(signal);
      return await this.applyAll(forced, signal);
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

  private async applyAll(forced: ReadonlySet<string>, signal: AbortSignal): Promise<CycleResult> {
    const { tenants } = await this.tools.state.work(this.lease.device);
    const missing = [...forced, ...this.dueRefusals()].filter(
      (tenant) => !tenants.some((work) => work.desired.tenant === tenant),
    );
    const others =
      missing.length === 0 ? [] : (await this.tools.state.read(this.lease.device, [...new Set(missing)])).tenants;
    const unfinished: TenantWork[] = [];
    let applied = 0;
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
      if (result.type === 'reported') unfinished.push(work);
    }
    return again === null ? { type: 'done', applied } : { type: 'again', failure: again };
  }

  private async apply(work: TenantWork, forced: boolean, signal: AbortSignal): Promise<TenantResultOfApply> {
    const { tenant } = work.desired;
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
    let apply: TenantApply = start(work, { takeover, forced, stored, refusal }, compile);
    for (let command = decide(apply); command !== null; command = decide(apply)) {
      const observation = await this.perform(command, apply, signal);
      apply = evolve(apply, observation, compile, refusal);
    }
    this.remember(apply);
    return apply.phase === 'over' ? apply.result : { type: 'nothing' };
  }

  private async perform(command: Command, apply: TenantApply, signal: AbortSignal): Promise<Observation> {
    const { tenant } = apply.work.desired;
    const { device, log } = this.tools;
    try {
      switch (command.type) {
        case 'read-stored':
          return { type: 'stored', stored: await device.stored(tenant, signal) };
        case 'inspect-partition':
          return { type: 'partition', contents: await device.partition(tenant, signal) };
        case 'declare':
          return await this.declare(command, apply, signal);
        case 'poll':
          return await this.poll(command, tenant, signal);
        case 'enforce':
          return { type: 'enforced', findings: await this.enforce(command.compiled, signal) };
        case 'conclude':
          await log.conclude(this.lease, command.attempt, command.outcome);
          return { type: 'concluded' };
      }
    } catch (error) {
      if (!(error instanceof DeviceFailure)) throw error;
      return { type: 'failed', failure: error, attempt: null };
    }
  }

  private async declare(
    command: Extract<Command, { type: 'declare' }>,
    apply: TenantApply,
    signal: AbortSignal,
  ): Promise<Observation> {
    const { tenant } = apply.work.desired;
    const { purpose, digest, rules, heldBack, body, lockKey, schemaVersion } = command;
    const planned = { tenant, purpose, position: apply.work.position, digest, rules, heldBack, declaration: body };
    const { id, version } = await this.tools.log.begin(this.lease, planned);
    const options = { epoch: this.lease.epoch, ...(lockKey === null ? {} : { lockKey }) };
    const request = requestFor({ tenant, schemaVersion }, body, options);
    const from = this.tools.clock.now();
    this.tools.logger.info({ tenant, version, purpose, rules: rules.length, attempt: id }, 'declaring');
    try {
      const answer = await this.tools.device.declare(tenant, request, signal);
      if (answer.type === 'accepted') {
        await this.tools.log.posted(this.lease, id, answer.task);
        return { type: 'accepted', attempt: id, task: answer.task };
      }
      const stored = storedIn(answer.declaration, tenant);
      return { type: 'ended', attempt: id, results: answer.results, stored, from, to: this.tools.clock.now() };
    } catch (error) {
      if (!(error instanceof DeviceFailure)) throw error;
      return { type: 'failed', failure: error, attempt: id };
    }
  }

  private async poll(
    command: Extract<Command, { type: 'poll' }>,
    tenant: string,
    signal: AbortSignal,
  ): Promise<Observation> {
    const { device, clock } = this.tools;
    let from = clock.now();
    const answer = await pollTask(device, command.task, clock, signal, () => {
      from = clock.now();
    });
    if (answer.type === 'unknown') throw new DeviceFailure('answer-lost', 'AS3 no longer knows the task');
    const stored = storedIn(answer.declaration, tenant);
    return { type: 'ended', attempt: command.attempt, results: answer.results, stored, from, to: clock.now() };
  }

  /** Enforces and saves what AS3 leaves to us, when and only when it is not, and never in place of somebody else's. */
  private async enforce(compiled: CompiledTenant, signal: AbortSignal): Promise<EnforcementFinding[]> {
    const { device } = this.tools;
    const findings: EnforcementFinding[] = [];
    let changed = false;
    for (const enforcement of compiled.enforcement) {
      const place = await this.placeOf(enforcement, signal);
      if (place === null) {
        findings.push({ enforcement, state: 'missing', found: null });
        continue;
      }
      const { policy: found } = place;
      if (found === null) {
        if (enforcement.type === 'global') await device.enforceGlobalPolicy(enforcement.policy, signal);
        else await device.enforceRouteDomainPolicy(enforcement.routeDomain, enforcement.policy, signal);
        changed = true;
      }
      findings.push({
        enforcement,
        state: found === null || found === enforcement.policy ? 'enforced' : 'foreign',
        found,
      });
    }
    if (changed) await device.save(signal);
    return findings;
  }

  private async placeOf(
    enforcement: Enforcement,
    signal: AbortSignal,
  ): Promise<{ readonly policy: string | null } | null> {
    const { device } = this.tools;
    if (enforcement.type === 'route-domain') return device.routeDomain(enforcement.routeDomain, signal);
    return { policy: await device.globalPolicy(signal) };
  }

  private async writeDown(work: TenantWork, result: TenantResultOfApply): Promise<void> {
    const { tenant } = work.desired;
    switch (result.type) {
      case 'applied':
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
    if (apply.phase !== 'over' || !('refusal' in apply.result)) return;
    const { refusal } = apply.result;
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
      const { tenant } = work.desired;
      const compiler = this.compilers.get(tenant) ?? createTenantCompiler();
      this.compilers.set(tenant, compiler);
      return compiler.compile({
        desired: { ...work.desired, rules },
        as3Version: info.version,
        stored: stored?.body ?? null,
      });
    };
  }

  private async info(signal: AbortSignal): Promise<As3Info> {
    this.as3 ??= await this.tools.device.info(signal);
    return this.as3;
  }
}

/** The tenant in a declaration that AS3 gave back, undefined when it is not there or carries no key to hold on to. */
function storedIn(declaration: JsonObject | null, tenant: string): StoredTenant | undefined {
  const body = declaration?.[tenant];
  if (!isJsonObject(body) || typeof body['optimisticLockKey'] !== 'string') return undefined;
  const { optimisticLockKey: lockKey, ...rest } = body;
  return { body: rest, lockKey };
}
