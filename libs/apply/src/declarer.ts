import { requestFor } from '#compile/request';
import { isJsonObject, type JsonObject } from '#core/json';
import { type Lease, type PlannedAttempt } from '#project/ports/apply-log';
import { type Command, type Ended, type Failed, type Observation } from './domain/apply-state.js';
import { type StoredTenant } from './domain/contact.js';
import { DeviceFailure } from './domain/failures.js';
import { type PerformerTools } from './performer-tools.js';
import { pollTask } from './poll.js';

/** What is to be declared, and in the light of which stored declaration. */
export interface Declaration extends Omit<PlannedAttempt, 'declaration'> {
  readonly body: JsonObject;
  readonly schemaVersion: string;
  readonly lockKey: string | null;
}

/** What came of sending a declaration. */
export type Sent = Extract<Observation, { type: 'accepted' }> | Ended | (Failed & { readonly attempt: number });

/** Sends declarations, each written down as an attempt before, and follows AS3's tasks. */
export class Declarer {
  constructor(
    private readonly lease: Lease,
    private readonly tools: PerformerTools,
  ) {}

  async declare(declaration: Declaration, signal: AbortSignal): Promise<Sent> {
    const { device, log, clock, logger } = this.tools;
    const { tenant, purpose, position, digest, rules, heldBack, body, lockKey, schemaVersion } = declaration;
    const planned = { tenant, purpose, position, digest, rules, heldBack, declaration: body };
    const { id, version } = await log.begin(this.lease, planned);
    const options = { epoch: this.lease.epoch, ...(lockKey === null ? {} : { lockKey }) };
    const request = requestFor({ tenant, schemaVersion }, body, options);
    const from = clock.now();
    logger.info({ tenant, version, purpose, rules: rules.length, attempt: id }, 'declaring');
    try {
      const answer = await device.declare(tenant, request, signal);
      if (answer.type === 'accepted') {
        await log.posted(this.lease, id, answer.task);
        return { type: 'accepted', attempt: id, task: answer.task };
      }
      const stored = storedIn(answer.declaration, tenant);
      return { type: 'ended', attempt: id, results: answer.results, stored, from, to: clock.now() };
    } catch (error) {
      if (!(error instanceof DeviceFailure)) throw error;
      return { type: 'failed', failure: error, attempt: id, at: clock.now() };
    }
  }

  /** @throws DeviceFailure while it is not known what became of it. */
  async poll(
    { attempt, task }: Pick<Extract<Command, { type: 'poll' }>, 'attempt' | 'task'>,
    tenant: string,
    signal: AbortSignal,
  ): Promise<Ended> {
    const { device, clock } = this.tools;
    let from = clock.now();
    const answer = await pollTask(device, task, clock, signal, () => {
      from = clock.now();
    });
    if (answer.type === 'unknown') throw new DeviceFailure('answer-lost', 'AS3 no longer knows the task');
    const stored = storedIn(answer.declaration, tenant);
    return { type: 'ended', attempt, results: answer.results, stored, from, to: clock.now() };
  }
}

/** The tenant in a declaration that AS3 gave back, undefined when it is not there or carries no key to hold on to. */
function storedIn(declaration: JsonObject | null, tenant: string): StoredTenant | undefined {
  const body = declaration?.[tenant];
  if (!isJsonObject(body) || typeof body['optimisticLockKey'] !== 'string') return undefined;
  const { optimisticLockKey: lockKey, ...rest } = body;
  return { body: rest, lockKey };
}
