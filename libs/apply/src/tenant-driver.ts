import { createTenantCompiler, type TenantCompiler } from '#compile/tenant-compiler';
import { commonTenant } from '#core/configuration';
import { type Position } from '#core/desired';
import { type Lease } from '#project/ports/apply-log';
import { type TenantWork } from '#project/ports/desired-state';
import {
  type Aim,
  type Command,
  type Compile,
  type TenantApply,
  type TenantResultOfApply,
} from './domain/apply-state.js';
import { type As3Info, versionProblem } from './domain/as3-version.js';
import { type StoredTenant } from './domain/contact.js';
import { RefusalMemory } from './domain/refusal-memory.js';
import { refusalReport } from './domain/plan.js';
import { withReordering } from './domain/reordering.js';
import { decide, evolve, start } from './domain/tenant-apply.js';
import { type Isolation } from './domain/tenant-isolation.js';
import { type DevicePair } from './device-pair.js';
import { type CompileNow, type DriftWatch } from './drift-watch.js';
import { Performer } from './performer.js';
import { type PerformerTools } from './performer-tools.js';

/**
 * Drives one tenant at a time from dirty to applied. Lives as long as its worker holds the lease: it remembers what AS3
 * stored, so that a change costs one declaration and no reading (fault 9 of CES 0.5), and what was refused.
 */
export class TenantDriver {
  private readonly compilers = new Map<string, TenantCompiler>();
  private readonly stored = new Map<string, StoredTenant | null>();
  private readonly isolations = new Map<string, Isolation>();
  private readonly refusals = new RefusalMemory();
  /** Of what was to be put back: what is desired may be refused besides. */
  private readonly refusedPutBacks = new RefusalMemory();
  /** The last resync of each tenant that was taken up, by its position. */
  private readonly resyncs = new Map<string, Position>();
  private readonly performer: Performer;
  private as3: As3Info | null = null;

  constructor(
    lease: Lease,
    private readonly tools: PerformerTools,
    private readonly drift: DriftWatch,
    private readonly pair: DevicePair,
  ) {
    this.performer = new Performer(lease, tools);
  }

  async info(signal: AbortSignal): Promise<As3Info> {
    this.as3 ??= await this.tools.device.info(signal);
    return this.as3;
  }

  /** How the tenants are declared now. */
  async compiling(signal: AbortSignal): Promise<CompileNow> {
    const info = await this.info(signal);
    const compile = this.compileFor(info);
    return {
      schemaVersion: info.schemaCurrent,
      compile: (work, stored) => compile(work, work.desired.rules, stored),
    };
  }

  /** Forgets what was read from the device: after an outage it may be another unit, or an older archive. */
  forget(): void {
    this.as3 = null;
    this.stored.clear();
  }

  forgetStored(tenant: string): void {
    this.stored.delete(tenant);
  }

  /** Tenants whose refused rules are worth another try: what the device lacked may be there by now. */
  dueRefusals(): string[] {
    this.refusedPutBacks.due(this.tools.clock.now());
    return this.refusals.due(this.tools.clock.now());
  }

  /** Alternates between deciding and doing until the tenant is over. */
  async drive(work: TenantWork, aim: Aim, forced: boolean, signal: AbortSignal): Promise<TenantResultOfApply> {
    const info = await this.info(signal);
    const problem = unsupported(info, work);
    if (problem !== null) return problem;
    const compile = this.compileFor(info);
    let apply = this.start(work, aim, forced, compile);
    for (let command = decide(apply); command !== null; command = decide(apply)) {
      apply = await this.advance(apply, command, compile, signal);
    }
    this.remember(apply);
    return apply.phase === 'over' ? apply.result : { type: 'nothing', heldBack: [] };
  }

  /**
   * Why a tenant cannot be as desired, as far as that is known without declaring anything: it must not be touched, or the
   * device has refused just that. Null where nothing is known against it.
   */
  async obstacle(work: TenantWork, signal: AbortSignal): Promise<TenantResultOfApply | null> {
    const info = await this.info(signal);
    const problem = unsupported(info, work);
    if (problem !== null) return problem;
    const compile = this.compileFor(info);
    let apply = this.start(work, 'move', false, compile);
    for (let command = decide(apply); command !== null; command = decide(apply)) {
      if (!reads.has(command.type)) break;
      apply = await this.advance(apply, command, compile, signal);
    }
    this.rememberStored(apply);
    if (apply.phase === 'over') return obstacles.has(apply.result.type) ? apply.result : null;
    return apply.refusal === null
      ? null
      : { type: 'reported', report: refusalReport(apply.refusal), refusal: apply.refusal };
  }

  private async advance(
    apply: TenantApply,
    command: Command,
    compile: Compile,
    signal: AbortSignal,
  ): Promise<TenantApply> {
    const { work, held } = apply;
    if (command.type === 'declare') this.pair.changed();
    const observation = await this.performer.perform(command, apply, signal);
    const untouched = held === (work.current?.digest ?? null);
    if (observation.type === 'stored' && untouched) await this.drift.read(work, observation.stored);
    return evolve(apply, observation, compile);
  }

  private start(work: TenantWork, aim: Aim, forced: boolean, compile: Compile): TenantApply {
    const { tenant, configurations } = work.desired;
    // A withdrawal is no answer to a resync, and would be declared for it again and again.
    const resync = aim === 'withdrawal' ? null : this.freshResync(work);
    const asDesired = aim === 'whole' || aim === 'move';
    const options = {
      aim,
      takeover: configurations.every(({ takeover }) => takeover === 'automatic') ? 'automatic' : 'hold',
      forced,
      stored: forced || resync !== null ? undefined : this.stored.get(tenant),
      refusal: resync !== null ? null : this.refusalsFor(aim).of(tenant),
      isolation: asDesired ? (this.isolations.get(tenant) ?? null) : null,
    } as const;
    return start({ ...work, resync }, options, compile);
  }

  /** A resync makes all of a tenant be declared once, also what was refused; not again and again while it is. */
  private freshResync({ desired, resync }: TenantWork): Position | null {
    return this.resyncs.get(desired.tenant) === resync ? null : resync;
  }

  private remember(apply: TenantApply): void {
    const { tenant } = apply.work.desired;
    this.rememberStored(apply);
    if (apply.phase !== 'over' || apply.aim === 'withdrawal') return;
    const { work, result } = apply;
    if (work.resync !== null && result.type !== 'again') this.resyncs.set(tenant, work.resync);
    if (apply.aim !== 'put-back') {
      if (result.type === 'isolating') this.isolations.set(tenant, result.isolation);
      else if (result.type !== 'again') this.isolations.delete(tenant);
    }
    if ('refusal' in result) this.refusalsFor(apply.aim).note(tenant, result.refusal, this.tools.clock.now());
  }

  private rememberStored({ work, stored }: TenantApply): void {
    const { tenant } = work.desired;
    // AS3 redeploys Common on its own account when another tenant points into it: its key is read anew each time.
    if (stored === undefined || tenant === commonTenant) this.stored.delete(tenant);
    else this.stored.set(tenant, stored);
  }

  private refusalsFor(aim: Aim): RefusalMemory {
    return aim === 'put-back' ? this.refusedPutBacks : this.refusals;
  }

  private compileFor(info: As3Info): Compile {
    return (work, rules, stored) => {
      const { desired, drift } = work;
      const { tenant } = desired;
      const compiler = this.compilers.get(tenant) ?? createTenantCompiler();
      this.compilers.set(tenant, compiler);
      const input = { desired: { ...desired, rules }, as3Version: info.version, stored: stored?.body ?? null };
      const compiled = compiler.compile(input);
      const reorders = compiled !== null && work.resync !== null && drift.present?.reordered === true;
      return reorders ? withReordering(compiled, desired) : compiled;
    };
  }
}

function unsupported(info: As3Info, work: TenantWork): TenantResultOfApply | null {
  const message = versionProblem(info, work.desired.configurations);
  if (message === null) return null;
  return { type: 'reported', report: { state: 'failed', reason: 'As3VersionUnsupported', message }, refusal: null };
}

const reads: ReadonlySet<Command['type']> = new Set(['read-stored', 'inspect-partition', 'survey'] as const);
const obstacles: ReadonlySet<TenantResultOfApply['type']> = new Set(['reported', 'held', 'again'] as const);
