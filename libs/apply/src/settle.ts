import { requestFor } from '#compile/request';
import { type Clock } from '#core/clock';
import { type ApplyLog, type AttemptOutcome, type Lease, type OpenAttempt } from '#project/ports/apply-log';
import { failureInResults, type TaskAnswer } from './domain/classify.js';
import { DeviceFailure, failures, isPermanent, reasonOf } from './domain/failures.js';
import { pollTask } from './poll.js';
import { type Device } from './ports/device.js';

export interface SettleTools {
  readonly device: Pick<Device, 'task' | 'dryRun'>;
  readonly log: Pick<ApplyLog, 'conclude'>;
  readonly clock: Clock;
  readonly schemaVersion: string;
}

/**
 * Finds out what became of an attempt that has no outcome yet (promises 6 and 7): waits for its task to end, and where
 * there is no task to ask, lets AS3 compare the device with what was declared.
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

async function findOut(
  attempt: OpenAttempt,
  { device, clock, schemaVersion }: SettleTools,
  signal: AbortSignal,
): Promise<AttemptOutcome> {
  const answer: TaskAnswer =
    attempt.task === null ? { type: 'unknown' } : await pollTask(device, attempt.task, clock, signal);
  if (answer.type === 'over') {
    const failure = failureInResults(answer.results, attempt.tenant);
    if (failure === null) return applied(attempt, clock);
    if (failures[failure.kind].after !== 'settle') return refused(failure);
  }
  const request = requestFor({ tenant: attempt.tenant, schemaVersion }, attempt.declaration);
  const held = await device.dryRun(attempt.tenant, request, signal).catch((error: unknown) => {
    if (error instanceof DeviceFailure && isPermanent(error)) return error;
    throw error;
  });
  // AS3 would not even begin with it, and did not when it was sent.
  if (held instanceof DeviceFailure) return refused(held);
  return held === 'same'
    ? applied(attempt, clock)
    : { type: 'refused', reason: 'NotApplied', message: 'The declaration did not reach the device.', permanent: false };
}

function applied(attempt: OpenAttempt, clock: Clock): AttemptOutcome {
  return { type: 'applied', effectiveFrom: attempt.begunAt, effectiveTo: clock.now(), heldBack: attempt.heldBack };
}

function refused(failure: DeviceFailure): AttemptOutcome {
  return {
    type: 'refused',
    reason: reasonOf(failure.kind),
    message: failure.message,
    permanent: isPermanent(failure),
  };
}
