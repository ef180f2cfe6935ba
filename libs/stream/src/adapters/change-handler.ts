import { type StreamMessage } from '#core/change';
import { backoff, retryForever } from '#platform/backoff';
import { type Clock } from '#platform/clock';
import { type Logger } from '#platform/logger';
import { redactText } from '#platform/redact';
import { type ChangeHandler, type Verdict } from '../ports/change-stream.js';
import { decodeMessage } from './message-codec.js';
import { type Settlement } from './queue-consumer.js';
import { type TakenJob } from './stream-driver.js';
import { type StreamMetrics } from './stream-metrics.js';

export interface ChangeHandlerOptions {
  readonly queueName: string;
  readonly cluster: string;
  readonly handler: ChangeHandler;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: StreamMetrics;
}

const retryInterval = { initial: 100, factor: 2, maximum: 10_000 };

/**
 * Gives a job's message to the handler, again and again while that throws, and decides what becomes of the job.
 * Only an aborted signal ends it early.
 */
export function changeJobHandler(options: ChangeHandlerOptions) {
  const { queueName, cluster, logger, metrics } = options;
  const label = { queue: queueName };

  function setAside(job: TakenJob, reason: string): Settlement {
    const shown = redactText(reason);
    metrics.setAsideTotal.inc(label);
    logger.error({ ...label, cluster, job: job.id, reason: shown }, 'Set a message aside; the next ones follow');
    const readable = typeof job.data === 'string';
    return { as: 'failed', reason: shown, ...(readable ? {} : { text: JSON.stringify(job.data) }) };
  }

  return async (job: TakenJob, signal: AbortSignal): Promise<Settlement> => {
    if (job.deferredFailure) {
      return setAside(job, `consumers that died while they handled it: ${job.stalledCounter}`);
    }
    const decoded = decodeMessage(job.data, cluster);
    if (decoded.outcome === 'unreadable') return setAside(job, decoded.reason);
    const verdict = await handleUntilSettled(options, decoded.message, signal);
    switch (verdict.outcome) {
      case 'done':
        return { as: 'completed' };
      case 'poisoned':
        return setAside(job, verdict.reason);
    }
  };
}

function handleUntilSettled(
  { queueName, handler, clock, logger, metrics }: ChangeHandlerOptions,
  message: StreamMessage,
  signal: AbortSignal,
): Promise<Verdict> {
  const label = { queue: queueName };
  return retryForever((either) => handler(message, either), {
    clock,
    signal,
    backoff: backoff(retryInterval),
    onError: (error, { attempt, delay }) => {
      metrics.handleFailures.inc(label);
      logger.warn({ ...label, error, attempt, delay }, 'Could not handle a message; trying the same one again');
    },
  });
}
