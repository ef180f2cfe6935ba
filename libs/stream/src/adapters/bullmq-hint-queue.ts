import { redactText } from '#platform/redact';
import { z } from 'zod';
import { type Consumer } from '../ports/change-stream.js';
import { type HintHandler, type HintQueue } from '../ports/hint-queue.js';
import { hintQueueName } from '../domain/queue-names.js';
import { type BullmqOptions } from './bullmq-change-stream.js';
import { QueueClient } from './queue-client.js';
import { observeQueue, statisticsOf } from './queue-observer.js';
import { type Settlement, startQueueConsumer } from './queue-consumer.js';
import { type TakenJob } from './stream-driver.js';

const hintSchema = z.object({ device: z.string().min(1) });

/** A hint that takes its handler's life again and again is still a hint: the device still needs somebody. */
const maxStalledCount = 1_000_000;

/** Finished hints are of no use; a few are kept to look at. */
const kept = { removeOnComplete: { count: 20, age: 86_400 }, removeOnFail: { count: 50, age: 86_400 } };

/**
 * All hints on one queue, deduplicated per device with `keepLastIfActive`: at most one hint of a device waits, or
 * one is handled and one is remembered for afterwards.
 */
export class BullmqHintQueue implements HintQueue {
  readonly #options: BullmqOptions;
  readonly #queue: QueueClient;
  readonly #consumers = new Set<Consumer>();

  constructor(options: BullmqOptions) {
    const { driver, tuning } = options;
    this.#options = options;
    this.#queue = new QueueClient({ open: () => driver.openQueue(hintQueueName), timeout: tuning.timeout });
  }

  async hint(device: string): Promise<void> {
    const deduplication = { id: device, keepLastIfActive: true };
    await this.#queue.use((queue) => queue.add('hint', { device }, { deduplication, stackTraceLimit: 1, ...kept }));
  }

  consumeHints(handler: HintHandler): Promise<Consumer> {
    const { driver, tuning, clock, logger, metrics } = this.#options;
    const consumer = startQueueConsumer({
      queueName: hintQueueName,
      driver,
      tuning: { ...tuning.worker, maxStalledCount },
      timeout: tuning.timeout,
      beforeConnecting: () => Promise.resolve(),
      handle: (job, signal) => this.#handle(handler, job, signal),
      clock,
      logger,
      metrics,
    });
    const observer = observeQueue({
      queueName: hintQueueName,
      interval: tuning.observeInterval,
      look: () => this.#queue.use(statisticsOf),
      clock,
      logger,
      metrics,
    });
    const both = {
      close: async () => {
        this.#consumers.delete(both);
        await Promise.all([consumer.close(), observer.close()]);
      },
    };
    this.#consumers.add(both);
    return Promise.resolve(both);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#consumers].map((consumer) => consumer.close()));
    await this.#queue.close();
  }

  async #handle(handler: HintHandler, job: TakenJob, signal: AbortSignal): Promise<Settlement> {
    const hint = hintSchema.safeParse(job.data);
    if (!hint.success) return this.#failed(job, new Error('expected a hint with the name of a device'));
    try {
      await handler(hint.data.device, signal);
      return { as: 'completed' };
    } catch (error) {
      signal.throwIfAborted();
      return this.#failed(job, error);
    }
  }

  #failed(job: TakenJob, error: unknown): Settlement {
    const { logger, metrics } = this.#options;
    metrics.handleFailures.inc({ queue: hintQueueName });
    logger.error({ queue: hintQueueName, job: job.id, error }, 'Could not handle a hint; waiting for the next one');
    return { as: 'failed', reason: redactText(error instanceof Error ? error.message : String(error)) };
  }
}
