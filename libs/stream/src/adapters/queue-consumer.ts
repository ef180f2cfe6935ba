import { randomUUID } from 'node:crypto';
import { backoff, retryForever } from '#platform/backoff';
import { type Clock } from '#platform/clock';
import { type Logger } from '#platform/logger';
import { ErrorCode } from 'bullmq';
import { type Consumer } from '../ports/change-stream.js';
import { anySignal } from './any-signal.js';
import { holdLease } from './job-lease.js';
import { type JobWorker, type StreamDriver, type TakenJob, type WorkerTuning } from './stream-driver.js';
import { type StreamMetrics } from './stream-metrics.js';
import { within } from './within.js';

export interface QueueConsumerOptions {
  readonly queueName: string;
  readonly driver: StreamDriver;
  readonly tuning: WorkerTuning;
  /** Milliseconds that an operation of the backend may take. */
  readonly timeout: number;
  /** Called whenever the consumer connects, before it takes a job. */
  readonly beforeConnecting: () => Promise<void>;
  /** May reject only when the signal is aborted. */
  readonly handle: (job: TakenJob, signal: AbortSignal) => Promise<Settlement>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: StreamMetrics;
}

/** What becomes of a job. */
export type Settlement =
  | { readonly as: 'completed' }
  /** Kept among the failed jobs, with the reason; `text` replaces data that could not be read. */
  | { readonly as: 'failed'; readonly reason: string; readonly text?: string };

const reconnectInterval = { initial: 100, factor: 2, maximum: 5_000 };
const settleInterval = { initial: 50, factor: 2, maximum: 1_000 };
const idleInterval = { initial: 100, factor: 2, maximum: 500 };
/** After a job, a fetch or two come back empty at once; more mean that another consumer holds the queue. */
const ordinaryEmptyAnswers = 3;

/**
 * Takes one job after the other from a queue until it is closed.
 *
 * BullMQ's own loop is not used: on Postgres it never recovers from a failed start and spins while the server comes
 * up, it retries by moving jobs behind others, and it records a job as failed when only the answer got lost. Here
 * every trouble with the backend ends the connection, and a new one is opened after a delay. A job that was taken
 * then, is still ours as long as its lease, and taken again by somebody when that has run out.
 */
export function startQueueConsumer(options: QueueConsumerOptions): Consumer {
  const { queueName, clock, logger } = options;
  const stop = new AbortController();
  const reconnect = backoff(reconnectInterval);
  const connect = () =>
    consume(options, stop.signal, () => {
      reconnect.reset();
    });
  const stopped = retryForever(connect, {
    clock,
    signal: stop.signal,
    backoff: reconnect,
    onError: (error, { delay }) => {
      logger.warn({ queue: queueName, error, delay }, 'Lost the stream; connecting again');
    },
  }).catch(() => undefined);
  return {
    async close() {
      stop.abort(new Error(`The consumer of ${queueName} is closing.`));
      await stopped;
    },
  };
}

/** One connection's life: resolves when the consumer stops, rejects when the connection has failed. */
async function consume(options: QueueConsumerOptions, stop: AbortSignal, onAlive: () => void): Promise<void> {
  const { queueName, driver, tuning, timeout } = options;
  await options.beforeConnecting();
  const worker = driver.openWorker(queueName, tuning);
  let trouble: Error | null = null;
  worker.on('error', (error) => {
    trouble = error;
  });
  const known = () => trouble;
  try {
    await within(timeout, worker.waitUntilReady(), known);
    await worker.startStalledCheckTimer();
    await takeJobs(options, { worker, stop, known, onAlive });
  } finally {
    await within(timeout, worker.close(true)).catch(() => undefined);
  }
}

interface Connection {
  readonly worker: JobWorker;
  readonly stop: AbortSignal;
  /** The last error that the connection reported. */
  readonly known: () => Error | null;
  readonly onAlive: () => void;
}

async function takeJobs(options: QueueConsumerOptions, connection: Connection): Promise<void> {
  const { tuning, timeout, clock } = options;
  const { worker, stop, known, onAlive } = connection;
  const consumerId = randomUUID();
  const idle = backoff(idleInterval);
  let emptyAnswers = 0;
  for (let number = 1; !stop.aborted; number += 1) {
    const token = `${consumerId}:${number}`;
    const asked = clock.monotonic();
    const job = await within(tuning.fetchTimeout + timeout, worker.getNextJob(token), known);
    if (job) {
      emptyAnswers = 0;
      idle.reset();
      onAlive();
      await handleJob(options, { job, token, stop });
      continue;
    }
    const error = known();
    if (error) throw error;
    onAlive();
    const early = clock.monotonic() - asked < tuning.fetchTimeout / 2;
    emptyAnswers = early ? emptyAnswers + 1 : 0;
    if (emptyAnswers > ordinaryEmptyAnswers) await clock.sleep(idle.next(), stop);
  }
}

interface Taken {
  readonly job: TakenJob;
  readonly token: string;
  readonly stop: AbortSignal;
}

async function handleJob(options: QueueConsumerOptions, { job, token, stop }: Taken): Promise<void> {
  const { queueName, tuning, clock, logger, metrics } = options;
  const label = { queue: queueName };
  metrics.deliverySeconds.observe(label, Math.max(0, clock.now().getTime() - job.timestamp) / 1_000);
  const end = metrics.handleSeconds.startTimer(label);
  const lease = holdLease({ job, token, duration: tuning.lockDuration, clock });
  const either = anySignal([lease.signal, stop]);
  try {
    const settlement = await options.handle(job, either.signal);
    await settle(options, { job, token, lease: lease.signal }, settlement);
  } catch (error) {
    if (lease.signal.aborted || isNoLongerOurs(error)) {
      metrics.lostLeases.inc(label);
      logger.warn({ ...label, job: job.id, error }, 'Lost the lease on a job; it is handled again');
    } else if (stop.aborted) {
      await giveBack(options, job, token);
    } else {
      throw error;
    }
  } finally {
    either.release();
    lease.release();
    end();
  }
}

interface Leased {
  readonly job: TakenJob;
  readonly token: string;
  readonly lease: AbortSignal;
}

/** Tries until it succeeds or the lease is lost: a job that is handled is not to be handled again for a mere hiccup. */
async function settle(options: QueueConsumerOptions, leased: Leased, settlement: Settlement): Promise<void> {
  const { timeout, clock, logger, queueName } = options;
  const { job, token, lease } = leased;
  await retryForever(() => within(timeout, write(job, token, settlement)), {
    clock,
    signal: lease,
    backoff: backoff(settleInterval),
    onError: (error, { attempt, delay }) => {
      if (isNoLongerOurs(error)) throw error;
      logger.warn({ queue: queueName, job: job.id, error, attempt, delay }, 'Could not settle a job; trying again');
    },
  });
}

async function write(job: TakenJob, token: string, settlement: Settlement): Promise<void> {
  switch (settlement.as) {
    case 'completed':
      await job.moveToCompleted(null, token, false);
      return;
    case 'failed':
      if (settlement.text !== undefined) await job.updateData(settlement.text);
      await job.moveToFailed(new Error(settlement.reason), token, false);
  }
}

/** To the head of its queue. When that fails, the job is taken again once its lock has run out. */
async function giveBack(
  { timeout, logger, queueName }: QueueConsumerOptions,
  job: TakenJob,
  token: string,
): Promise<void> {
  try {
    await within(timeout, job.moveToWait(token));
  } catch (error) {
    logger.warn(
      { queue: queueName, job: job.id, error },
      'Could not give back a job; it waits for its lock to run out',
    );
  }
}

const notOurs: ReadonlySet<unknown> = new Set([
  ErrorCode.JobNotExist,
  ErrorCode.JobLockNotExist,
  ErrorCode.JobNotInState,
  ErrorCode.JobLockMismatch,
]);

function isNoLongerOurs(error: unknown): boolean {
  return error instanceof Error && 'code' in error && notOurs.has(error.code);
}
