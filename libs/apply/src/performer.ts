import { type CompiledTenant, type Enforcement } from '#compile/compile-tenant';
import { type Lease } from '#project/ports/apply-log';
import { compared } from './compared.js';
import { Declarer } from './declarer.js';
import { type Command, type Ended, type Observation, type TenantApply } from './domain/apply-state.js';
import { failureInResults } from './domain/classify.js';
import { type EnforcementFinding, policyAt } from './domain/enforcement.js';
import { DeviceFailure, failures } from './domain/failures.js';
import { type PerformerTools } from './performer-tools.js';
import { type Device } from './ports/device.js';
import { Surveyor } from './surveyor.js';

/** Does what was decided, on the device and in the log, and says what came of it. */
export class Performer {
  private readonly declarer: Declarer;
  private readonly surveyor: Surveyor;

  constructor(
    private readonly lease: Lease,
    private readonly tools: PerformerTools,
  ) {
    this.declarer = new Declarer(lease, tools);
    this.surveyor = new Surveyor(tools.device);
  }

  async perform(command: Command, apply: TenantApply, signal: AbortSignal): Promise<Observation> {
    const { tenant } = apply.work.desired;
    const { device, log } = this.tools;
    try {
      switch (command.type) {
        case 'read-stored':
          return { type: 'stored', stored: await device.stored(tenant, signal) };
        case 'inspect-partition':
          return { type: 'partition', contents: await device.partition(tenant, signal) };
        case 'survey':
          return { type: 'surveyed', finding: await this.surveyor.survey(command, apply, signal) };
        case 'probe':
          return await this.probe(command, tenant, signal);
        case 'declare':
          return await this.declarer.declare({ ...command, tenant, position: apply.work.position }, signal);
        case 'poll':
          return await this.confirmed(await this.declarer.poll(command, tenant, signal), command, tenant, signal);
        case 'enforce':
          return { type: 'enforced', findings: await this.enforce(command.compiled, signal) };
        case 'conclude':
          await log.conclude(this.lease, command.attempt, command.outcome);
          return { type: 'concluded' };
      }
    } catch (error) {
      if (!(error instanceof DeviceFailure)) throw error;
      return { type: 'failed', failure: error, attempt: null, at: this.tools.clock.now() };
    }
  }

  /**
   * An internal error in which a task ends says nothing of the device: those of large declarations do, though they were
   * applied (AS3 #780). So the device is asked at once.
   */
  private async confirmed(
    ended: Ended,
    { body, schemaVersion }: Extract<Command, { type: 'poll' }>,
    tenant: string,
    signal: AbortSignal,
  ): Promise<Ended> {
    const { device, clock } = this.tools;
    const failure = failureInResults(ended.results, tenant);
    if (failure === null || failures[failure.kind].after !== 'settle') return ended;
    if ((await compared(tenant, body, { device, schemaVersion }, signal)) !== 'same') return ended;
    const results = [{ tenant, code: 200, message: 'success', response: null }];
    return { ...ended, results, stored: undefined, to: clock.now() };
  }

  private async probe(
    { body, schemaVersion }: Extract<Command, { type: 'probe' }>,
    tenant: string,
    signal: AbortSignal,
  ): Promise<Observation> {
    const { device, clock } = this.tools;
    const answer = await compared(tenant, body, { device, schemaVersion }, signal);
    return { type: 'probed', failure: answer instanceof DeviceFailure ? answer : null, at: clock.now() };
  }

  /**
   * Enforces and saves what AS3 leaves to us, when and only when it is not, and never in place of somebody else's: of what is
   * enforced, only a policy of ours that goes is replaced, or taken out.
   */
  private async enforce(compiled: CompiledTenant, signal: AbortSignal): Promise<EnforcementFinding[]> {
    const { device } = this.tools;
    const findings: EnforcementFinding[] = [];
    let changed = false;
    for (const enforcement of compiled.enforcement) {
      const place = await placeOf(device, enforcement, signal);
      if (place === null) {
        findings.push({ enforcement, state: 'missing', found: null });
        continue;
      }
      const { policy: found } = place;
      const policy = policyAt(enforcement, found, compiled);
      if (policy !== found) {
        if (enforcement.type === 'global') await device.enforceGlobalPolicy(policy, signal);
        else await device.enforceRouteDomainPolicy(enforcement.routeDomain, policy, signal);
        changed = true;
      }
      findings.push({ enforcement, state: policy === enforcement.policy ? 'enforced' : 'foreign', found });
    }
    for (const { routeDomain, policy } of compiled.leaving) {
      const place = await device.routeDomain(routeDomain, signal);
      if (place?.policy !== policy) continue;
      await device.enforceRouteDomainPolicy(routeDomain, null, signal);
      changed = true;
    }
    if (changed) await device.save(signal);
    return findings;
  }
}

/** What is enforced at a place; null when there is no such place. */
export async function placeOf(
  device: Pick<Device, 'routeDomain' | 'globalPolicy'>,
  enforcement: Enforcement,
  signal: AbortSignal,
): Promise<{ readonly policy: string | null } | null> {
  if (enforcement.type === 'route-domain') return device.routeDomain(enforcement.routeDomain, signal);
  return { policy: await device.globalPolicy(signal) };
}
