import { StreamClosedError } from '../ports/stream-backend.js';
import { type JobQueue } from './stream-driver.js';
import { within } from './within.js';

export interface QueueClientOptions {
  readonly open: () => JobQueue;
  /** Milliseconds that an operation may take, connecting included. */
  readonly timeout: number;
}

/**
 * A queue that outlives its connection. BullMQ's own calls can wait for ever while the backend is away, and its
 * Postgres connection remembers a failed start for ever; so here every operation is bounded in time, and one that
 * fails costs the connection: the next operation opens a new one.
 */
export class QueueClient {
  readonly #options: QueueClientOptions;
  #queue: JobQueue | null = null;
  #lastError: Error | null = null;
  #closed = false;

  constructor(options: QueueClientOptions) {
    this.#options = options;
  }

  /** @throws StreamClosedError after `close`; otherwise what the operation threw, or why it took too long. */
  async use<Result>(operation: (queue: JobQueue) => Promise<Result>): Promise<Result> {
    if (this.#closed) throw new StreamClosedError('The stream is closed.');
    const queue = (this.#queue ??= this.#open());
    try {
      return await within(this.#options.timeout, operation(queue), () => this.#lastError);
    } catch (error) {
      this.#drop(queue);
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    const queue = this.#queue;
    this.#queue = null;
    if (queue) await this.#disconnect(queue);
  }

  #open(): JobQueue {
    const queue = this.#options.open();
    this.#lastError = null;
    queue.on('error', (error) => {
      this.#lastError = error;
    });
    return queue;
  }

  #drop(queue: JobQueue): void {
    if (this.#queue === queue) this.#queue = null;
    void this.#disconnect(queue);
  }

  async #disconnect(queue: JobQueue): Promise<void> {
    const { timeout } = this.#options;
    // A connection that cannot even be closed is left to the garbage collector.
    await within(timeout, queue.getBackend().close(true)).catch(() => undefined);
  }
}
