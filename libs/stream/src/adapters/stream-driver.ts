import { type HealthState } from '#platform/health';
import { type IQueueBackend, type Job, type Queue, type Worker } from 'bullmq';

/**
 * BullMQ over one kind of backend: what differs between Redis and PostgreSQL, and nothing else.
 * Queues and workers own their connections; closing them closes these.
 */
export interface StreamDriver {
  /** For logs and errors. */
  readonly backend: 'Redis' | 'PostgreSQL';
  openQueue(name: string): JobQueue;
  openWorker(name: string, tuning: WorkerTuning): JobWorker;
  /** See `StreamBackend`. */
  prepare(): Promise<void>;
  health(): Promise<HealthState>;
}

interface Failing {
  on(event: 'error', listener: (error: Error) => void): unknown;
}

export type JobQueue = Failing &
  Pick<
    Queue<unknown, unknown>,
    'add' | 'getFailed' | 'getFailedCount' | 'getJobs' | 'getWaitingCount' | 'setGlobalConcurrency'
  > & { getBackend(): Pick<IQueueBackend, 'close'> };

/** A worker without a processor: the consumer fetches, renews and settles by itself. */
export type JobWorker = Failing &
  Pick<Worker<unknown, unknown>, 'close' | 'startStalledCheckTimer' | 'waitUntilReady'> & {
    getNextJob(token: string): Promise<TakenJob | undefined>;
  };

export type TakenJob = Pick<
  Job<unknown, unknown>,
  | 'data'
  | 'deferredFailure'
  | 'extendLock'
  | 'id'
  | 'moveToCompleted'
  | 'moveToFailed'
  | 'moveToWait'
  | 'stalledCounter'
  | 'timestamp'
  | 'updateData'
>;

export interface WorkerTuning {
  /** How long a fetch waits for a job, in milliseconds. */
  readonly fetchTimeout: number;
  /** How long a job stays ours without renewal, in milliseconds. */
  readonly lockDuration: number;
  /** How often jobs are looked for whose lock ran out, in milliseconds. */
  readonly stalledInterval: number;
  /** How many times a job may lose its consumer before it comes with a `deferredFailure`. */
  readonly maxStalledCount: number;
}

/** The tuning as BullMQ spells it: `drainDelay` is in seconds. */
export function workerOptions(tuning: WorkerTuning) {
  const { fetchTimeout, lockDuration, stalledInterval, maxStalledCount } = tuning;
  return { autorun: false, drainDelay: fetchTimeout / 1_000, lockDuration, stalledInterval, maxStalledCount };
}

/** Only the newest events of a queue are kept: nobody reads them. */
export const eventRetention = { events: { maxLen: 1_000 } };
