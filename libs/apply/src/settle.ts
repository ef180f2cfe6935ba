import { type Clock } from '#core/clock';
import { commonTenant } from '#core/configuration';
import {
  type ApplyLog,
  type AttemptOutcome,
  type Lease,
  notApplied,
  type OpenAttempt,
  type Taken,
  type TakenPart,
} from '#project/ports/apply-log';
import { compared } from './compared.js';
import { failureInResults, type TaskAnswer } from './domain/classify.js';
import { DeviceFailure, failures, refused } from './domain/failures.js';
import { takenPart } from './domain/taken-parts.js';
import { pollTask } from './poll.js';
import { type Device } from './ports/device.js';

export interface SettleTools {
  readonly device: Pick<Device, 'task' | 'dryRun' | 'stored'>;
  readonly log: Pick<ApplyLog, 'conclude'>;
  readonly clock: Clock;
  readonly schemaVersion: string;
}

/**
 * Finds out what became of an attempt that has no outcome yet (promises 6 and 7): waits for its task to end, and where
 * there is no task to ask, lets AS3 compare the device with what was declared. In Common also with what AS3 stored: where
 * it is neither, the device may have taken the first of two transactions.
 * @throws DeviceFailure while the device cannot tell: the attempt stays open.
 */
export async function settle(
  attempt: OpenAttempt,
  lease: Lease,
  tools: SettleTools,
  signal: AbortSignal,
): Promise<void> {
  const outcome = await findOut(attempt, tools, signal);
  await tools.log.conclude(lease, attempt.id, outcome);
}

async function findOut(attempt: OpenAttempt, tools: SettleTools, signal: AbortSignal): Promise<AttemptOutcome> {
  const { device, clock } = tools;
  const answer: TaskAnswer =
    attempt.task === null ? { type: 'unknown' } : await pollTask(device, attempt.task, clock, signal);
  if (answer.type === 'over') {
    const failure = failureInResults(answer.results, attempt.tenant);
    if (failure === null) return applied(attempt, clock);
    if (failures[failure.kind].after !== 'settle') {
      const part = takenPart(answer.results, attempt.tenant);
      return { ...refused(failure), ...(part === null ? {} : { taken: taken(part, attempt, clock) }) };
    }
  }
  // AS3 deletes a partition with its tenant only if nothing else stands in it: its own record tells more than the device.
  if (attempt.purpose === 'removal') {
    return (await device.stored(attempt.tenant, signal)) === null ? applied(attempt, clock) : nothing;
  }
  const held = await compared(attempt.tenant, attempt.declaration, tools, signal);
  // AS3 would not even begin with it, and did not when it was sent.
  if (held instanceof DeviceFailure) return refused(held);
  if (held === 'same') return applied(attempt, clock);
  if (await isUntouched(attempt.tenant, tools, signal)) return nothing;
  const partly = 'The BIG-IP may hold some of the declaration: AS3 applies Common in two transactions.';
  return { ...nothing, message: partly, taken: taken('additions', attempt, clock) };
}

const nothing = {
  type: 'refused',
  reason: notApplied,
  message: 'The declaration did not reach the device.',
  permanent: false,
} as const satisfies AttemptOutcome;

/** Whether the device holds what it held before. A tenant other than Common does when it does not hold what was declared. */
async function isUntouched(tenant: string, tools: SettleTools, signal: AbortSignal): Promise<boolean> {
  if (tenant !== commonTenant) return true;
  const before = await tools.device.stored(tenant, signal);
  return before !== null && (await compared(tenant, before.body, tools, signal)) === 'same';
}

function taken(part: TakenPart, { begunAt }: OpenAttempt, clock: Clock): Taken {
  return { part, effectiveFrom: begunAt, effectiveTo: clock.now() };
}

function applied(attempt: OpenAttempt, clock: Clock): AttemptOutcome {
  return { type: 'applied', effectiveFrom: attempt.begunAt, effectiveTo: clock.now(), heldBack: attempt.heldBack };
}
