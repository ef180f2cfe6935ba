import { type Retention } from './change-publisher.js';
import { type WorkerTuning } from './stream-driver.js';

export interface StreamTuning {
  /** How many messages of a cluster may wait before its publisher does. */
  readonly capacity: number;
  readonly retention: Retention;
  /** How many times a message may take its consumer's life before it is set aside. */
  readonly poisonedAfter: number;
  readonly worker: Omit<WorkerTuning, 'maxStalledCount'>;
  /** Milliseconds that an operation of the backend may take, connecting included. */
  readonly timeout: number;
  /** Milliseconds between two looks at a queue, for its metrics. */
  readonly observeInterval: number;
}

const day = 86_400;

/**
 * A consumer that is killed is replaced within `lockDuration + 2 × stalledInterval`. One whose event loop stands still
 * for the whole `lockDuration` loses its job to another one, and learns it afterwards; so it must not be too short.
 */
export const defaultTuning: StreamTuning = {
  capacity: 2_000,
  retention: { completed: { count: 20, age: day }, setAside: { count: 200, age: 14 * day } },
  poisonedAfter: 10,
  worker: { fetchTimeout: 1_000, lockDuration: 8_000, stalledInterval: 1_000 },
  timeout: 5_000,
  observeInterval: 5_000,
};
