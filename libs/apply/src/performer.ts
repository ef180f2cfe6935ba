import { type CompiledTenant, type Enforcement } from '#compile/compile-tenant';
import { requestFor } from '#compile/request';
import { type Clock } from '#core/clock';
import { isJsonObject, type JsonObject } from '#core/json';
import { type Logger } from '#platform/logger';
import { type ApplyLog, type Lease } from '#project/ports/apply-log';
import { type Command, type Observation, type TenantApply } from './domain/apply-state.js';
import { type StoredTenant } from './domain/contact.js';
import { type EnforcementFinding } from './domain/enforcement.js';
import { DeviceFailure, isPermanent } from './domain/failures.js';
import { pollTask } from './poll.js';
import { type Device } from './ports/device.js';
import { Surveyor } from './surveyor.js';

export interface PerformerTools {
  readonly device: Device;
  readonly log: ApplyLog;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Does what was decided, on the device and in the log, and says what came of it. */
export class Performer {
  private readonly surveyor: Surveyor;

  constructor(
    private readonly lease: Lease,
    private readonly tools: PerformerTools,
  ) {
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
      return { type: 'failed', failure: error, attempt: null, at: this.tools.clock.now() };
    }
  }

  private async probe(
    { body, schemaVersion }: Extract<Command, { type: 'probe' }>,
    tenant: string,
    signal: AbortSignal,
  ): Promise<Observation> {
    const { device, clock } = this.tools;
    const request = requestFor({ tenant, schemaVersion }, body);
    const failure = await device.dryRun(tenant, request, signal).then(
      () => null,
      (error: unknown) => {
        if (error instanceof DeviceFailure && isPermanent(error)) return error;
        throw error;
      },
    );
    return { type: 'probed', failure, at: clock.now() };
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
      return { type: 'failed', failure: error, attempt: id, at: this.tools.clock.now() };
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
      const place = await placeOf(device, enforcement, signal);
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

/** The tenant in a declaration that AS3 gave back, undefined when it is not there or carries no key to hold on to. */
function storedIn(declaration: JsonObject | null, tenant: string): StoredTenant | undefined {
  const body = declaration?.[tenant];
  if (!isJsonObject(body) || typeof body['optimisticLockKey'] !== 'string') return undefined;
  const { optimisticLockKey: lockKey, ...rest } = body;
  return { body: rest, lockKey };
}
