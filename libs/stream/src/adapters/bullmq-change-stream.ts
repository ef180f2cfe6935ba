import { type Clock } from '#platform/clock';
import { type Logger } from '#platform/logger';
import {
  type ChangeHandler,
  type ChangePublisher,
  type ChangeStream,
  type Consumer,
  type LineStatistics,
  type SetAsideMessage,
} from '../ports/change-stream.js';
import { changeQueueName } from '../domain/queue-names.js';
import { changeJobHandler } from './change-handler.js';
import { createChangePublisher } from './change-publisher.js';
import { QueueClient } from './queue-client.js';
import { observeQueue, statisticsOf } from './queue-observer.js';
import { startQueueConsumer } from './queue-consumer.js';
import { type StreamDriver } from './stream-driver.js';
import { type StreamMetrics } from './stream-metrics.js';
import { type StreamTuning } from './tuning.js';

export interface BullmqOptions {
  readonly driver: StreamDriver;
  readonly tuning: StreamTuning;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: StreamMetrics;
}

/** The changes of each cluster on a queue of its own, whose failed jobs are the messages that were set aside. */
export class BullmqChangeStream implements ChangeStream {
  readonly #options: BullmqOptions;
  readonly #inspectors = new Map<string, QueueClient>();
  readonly #open = new Set<{ close(): Promise<void> }>();

  constructor(options: BullmqOptions) {
    this.#options = options;
  }

  publisher(cluster: string): ChangePublisher {
    const { clock, logger, metrics, tuning } = this.#options;
    const queueName = changeQueueName(cluster);
    const queue = this.#client(queueName);
    const { capacity, retention } = tuning;
    const publisher = createChangePublisher({ queueName, queue, capacity, retention, clock, logger, metrics });
    return this.#track({
      publish: (message, signal) => publisher.publish(message, signal),
      close: async () => {
        await publisher.close();
        await queue.close();
      },
    });
  }

  consume(cluster: string, handler: ChangeHandler): Promise<Consumer> {
    const { driver, tuning, clock, logger, metrics } = this.#options;
    const queueName = changeQueueName(cluster);
    const queue = this.#client(queueName);
    const onlyOne = async () => {
      await queue.use((open) => open.setGlobalConcurrency(1));
    };
    const consumer = startQueueConsumer({
      queueName,
      driver,
      tuning: { ...tuning.worker, maxStalledCount: tuning.poisonedAfter },
      timeout: tuning.timeout,
      beforeConnecting: onlyOne,
      handle: changeJobHandler({ queueName, cluster, handler, clock, logger, metrics }),
      clock,
      logger,
      metrics,
    });
    const observer = observeQueue({
      queueName,
      interval: tuning.observeInterval,
      // A backend that lost everything lost this setting too.
      look: async () => {
        await onlyOne();
        return queue.use(statisticsOf);
      },
      clock,
      logger,
      metrics,
    });
    return Promise.resolve(
      this.#track({
        close: async () => {
          await Promise.all([consumer.close(), observer.close()]);
          await queue.close();
        },
      }),
    );
  }

  async listSetAside(cluster: string, limit = 100): Promise<readonly SetAsideMessage[]> {
    const jobs = await this.#inspector(cluster).use((queue) => queue.getFailed(0, limit - 1));
    return jobs.map((job) => ({
      id: String(job.id),
      reason: job.failedReason,
      publishedAt: new Date(job.timestamp),
      setAsideAt: new Date(job.finishedOn ?? job.timestamp),
      text: typeof job.data === 'string' ? job.data : JSON.stringify(job.data),
    }));
  }

  statistics(cluster: string): Promise<LineStatistics> {
    return this.#inspector(cluster).use(statisticsOf);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#open, ...this.#inspectors.values()].map((part) => part.close()));
  }

  #client(queueName: string): QueueClient {
    const { driver, tuning } = this.#options;
    return new QueueClient({ open: () => driver.openQueue(queueName), timeout: tuning.timeout });
  }

  #inspector(cluster: string): QueueClient {
    const queueName = changeQueueName(cluster);
    const inspector = this.#inspectors.get(queueName) ?? this.#client(queueName);
    this.#inspectors.set(queueName, inspector);
    return inspector;
  }

  #track<Part extends { close(): Promise<void> }>(part: Part): Part {
    const tracked = {
      ...part,
      close: async () => {
        this.#open.delete(tracked);
        await part.close();
      },
    };
    this.#open.add(tracked);
    return tracked;
  }
}
