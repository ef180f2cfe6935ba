import { randomUUID } from 'node:crypto';
import { type StreamMessage } from '#core/change';
import { backoff, retryForever } from '#platform/backoff';
import { type Clock } from '#platform/clock';
import { type Logger } from '#platform/logger';
import { type ChangePublisher } from '../ports/change-stream.js';
import { StreamClosedError } from '../ports/stream-backend.js';
import { anySignal } from './any-signal.js';
import { encodeMessage } from './message-codec.js';
import { type QueueClient } from './queue-client.js';
import { type StreamMetrics } from './stream-metrics.js';

export interface ChangePublisherOptions {
  readonly queueName: string;
  readonly queue: QueueClient;
  /** How many messages may wait before publishers do. */
  readonly capacity: number;
  readonly retention: Retention;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: StreamMetrics;
}

/** How many finished jobs of a queue are kept, and for how many seconds. */
export interface Retention {
  readonly completed: { readonly count: number; readonly age: number };
  readonly setAside: { readonly count: number; readonly age: number };
}

/** How often a full queue is looked at again, in milliseconds. */
const fullInterval = { initial: 50, factor: 1.5, maximum: 1_000 };
const retryInterval = { initial: 200, factor: 2, maximum: 10_000 };

export function createChangePublisher(options: ChangePublisherOptions): ChangePublisher {
  const { queueName, queue, capacity, retention, clock, logger, metrics } = options;
  const label = { queue: queueName };
  const closed = new AbortController();
  const publisherId = randomUUID();
  let sequence = 0;
  /** How many messages may be added before the queue has to be looked at again. */
  let credit = 0;
  let last: Promise<unknown> = Promise.resolve();

  function publish(message: StreamMessage, signal?: AbortSignal): Promise<void> {
    const end = metrics.publishSeconds.startTimer(label);
    const published = last.then(async () => {
      const either = anySignal(signal ? [closed.signal, signal] : [closed.signal]);
      await add(message, either.signal).finally(either.release);
      end();
    });
    last = published.catch(() => undefined);
    return published;
  }

  async function add(message: StreamMessage, signal: AbortSignal): Promise<void> {
    // The id makes a repeated attempt harmless whose predecessor succeeded after all.
    const jobId = `${publisherId}-${(sequence += 1)}`;
    const text = encodeMessage(message);
    const job = { jobId, removeOnComplete: retention.completed, removeOnFail: retention.setAside, stackTraceLimit: 1 };
    await attempt(signal, async () => {
      if (credit <= 0) credit = await room(signal);
      await queue.use((open) => open.add(message.form, text, job));
    });
    credit -= 1;
  }

  /** Waits until messages may be added, and says how many. */
  async function room(signal: AbortSignal): Promise<number> {
    const interval = backoff(fullInterval);
    for (let looks = 1; ; looks += 1) {
      signal.throwIfAborted();
      const waiting = await queue.use((open) => open.getWaitingCount());
      metrics.full.set(label, waiting < capacity ? 0 : 1);
      if (waiting < capacity) return capacity - waiting;
      if (looks === 1) logger.warn({ ...label, waiting, capacity }, 'The stream is full; waiting for its consumer');
      await clock.sleep(interval.next(), signal);
    }
  }

  async function attempt(signal: AbortSignal, operation: () => Promise<void>): Promise<void> {
    await retryForever(operation, {
      clock,
      signal,
      backoff: backoff(retryInterval),
      onError: (error, { attempt: number, delay }) => {
        credit = 0;
        metrics.publishFailures.inc(label);
        logger.warn({ ...label, error, attempt: number, delay }, 'Could not publish to the stream; trying again');
      },
    });
  }

  return {
    publish,
    async close() {
      closed.abort(new StreamClosedError(`The publisher of ${queueName} is closed.`));
      await last;
    },
  };
}
