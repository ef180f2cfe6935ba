import { type ConfigurationMessage, type SnapshotChunk, type StreamMessage, streamVersion } from '#core/change';
import { type Clock } from '#core/clock';
import { type ObjectKind } from '#core/kinds';
import { type ResourceVersion } from '#core/resource-version';
import { backoff, type BackoffOptions, retryForever } from '#platform/backoff';
import { type Logger } from '#platform/logger';
import { type BatchLimits, MicroBatch, type Notice } from '../domain/micro-batch.js';
import { type ChangeSink } from '../ports/change-sink.js';
import { Bell, unlessAborted } from './bell.js';
import { type WatchMetrics } from './watch-metrics.js';

export interface OutboxOptions {
  readonly cluster: string;
  readonly sink: ChangeSink;
  readonly limits: BatchLimits;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: WatchMetrics;
  /** The term of the leader: once it is aborted, nothing is published any more. */
  readonly signal: AbortSignal;
  /** Whether this process still leads; asked before each message, because timers of a process that stood still are late. */
  readonly leads: () => boolean;
  readonly backoff: Partial<BackoffOptions>;
}

/** This process stood still for so long that another one may lead by now. */
export class TermOverError extends Error {
  override readonly name = 'TermOverError';

  constructor() {
    super('The lease ran out before it was renewed: nothing more is published in this term.');
  }
}

interface Waiting {
  readonly message: StreamMessage;
  taken: boolean;
}

/**
 * The one way out of a watcher: brings what all of its reflectors say into one order, gathers changes into batches, and
 * hands one message at a time to the sink, again and again until it is taken.
 *
 * It holds one open batch and, for each caller whose `send` waits, that message and the batch that it closed. While that
 * much is unsent neither `note` nor `send` resolves, and so the reflectors stop reading.
 */
export class Outbox {
  readonly #options: OutboxOptions;
  readonly #batch: MicroBatch;
  readonly #queue: Waiting[] = [];
  readonly #work = new Bell();
  readonly #progress = new Bell();
  #batchOpenedAt = '';

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.#batch = new MicroBatch(options.limits);
  }

  /** The watch of a kind begins at this version. */
  begin(kind: ObjectKind, version: ResourceVersion): void {
    this.#batch.begin(kind, version);
  }

  /** Resolves when there was room for the notice, not when it was sent. Rejects when the term ends. */
  async note(notice: Notice): Promise<void> {
    const { clock, signal } = this.#options;
    while (this.#batch.full) await this.#progress.wait(signal);
    signal.throwIfAborted();
    const due = this.#batch.due;
    if (due === null) this.#batchOpenedAt = clock.now().toISOString();
    this.#batch.add(notice, clock.monotonic());
    if (this.#batch.due !== due) this.#work.ring();
  }

  /** Resolves when the sink took the message and everything noted before it. Rejects when the term ends. */
  async send(message: SnapshotChunk | ConfigurationMessage): Promise<void> {
    this.#closeBatch();
    const waiting: Waiting = { message, taken: false };
    this.#queue.push(waiting);
    this.#work.ring();
    while (!waiting.taken) await this.#progress.wait(this.#options.signal);
  }

  /** Publishes until the term ends; then rejects with the reason, or with TermOverError. */
  async run(): Promise<never> {
    const { clock, signal } = this.#options;
    for (;;) {
      const { due } = this.#batch;
      if (due !== null && due <= clock.monotonic()) this.#closeBatch();
      const next = this.#queue[0];
      if (next === undefined) {
        await this.#work.wait(signal, due === null ? undefined : due - clock.monotonic());
      } else {
        await this.#publish(next.message);
        this.#queue.shift();
        next.taken = true;
        this.#progress.ring();
      }
    }
  }

  #closeBatch(): void {
    const batch = this.#batch.take();
    if (batch === null) return;
    const { cluster } = this.#options;
    const message = {
      form: 'changes',
      version: streamVersion,
      cluster,
      observedAt: this.#batchOpenedAt,
      ...batch,
    } as const;
    this.#queue.push({ message, taken: false });
    this.#progress.ring();
  }

  async #publish(message: StreamMessage): Promise<void> {
    const { sink, clock, signal, logger, metrics } = this.#options;
    const began = clock.monotonic();
    await retryForever(
      async () => {
        if (!this.#options.leads()) throw new TermOverError();
        await unlessAborted(sink.publish(message, signal), signal);
      },
      {
        clock,
        signal,
        backoff: backoff(this.#options.backoff),
        onError: (error, { attempt, delay }) => {
          if (error instanceof TermOverError) throw error;
          metrics.publishFailures.inc();
          logger.warn({ error, attempt, delay, form: message.form }, 'the stream did not take a message: trying again');
        },
      },
    );
    metrics.published.inc({ form: message.form });
    metrics.publishSeconds.observe((clock.monotonic() - began) / 1_000);
  }
}
