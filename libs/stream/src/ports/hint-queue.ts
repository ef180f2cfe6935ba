import { type Consumer } from './change-stream.js';

/**
 * Hints that a device has something to be done. A hint carries nothing but the device's name; whoever gets it reads
 * the state of the world, so that a lost hint (a sweep hints again) and a doubled one are harmless.
 */
export interface HintQueue {
  /**
   * Any number of hints for a device that nobody handles yet are one; any number during a handling are one more
   * handling after it.
   * @throws Error within seconds when the backend is away: the hint is then lost, or not, and the sweep repeats it.
   */
  hint(device: string): Promise<void>;

  /**
   * Begins to handle hints, one at a time; never two for one device, however many consumers are running.
   * Resolves when the consumer runs, whether or not the backend is there yet.
   */
  consumeHints(handler: HintHandler): Promise<Consumer>;
}

/**
 * What it throws is logged and counted, and the hint is gone: the sweep, or the next change, hints again.
 * The signal is aborted when the consumer closes (an unfinished hint goes to another consumer) and when the lease on
 * the hint is lost.
 */
export type HintHandler = (device: string, signal: AbortSignal) => Promise<void>;
