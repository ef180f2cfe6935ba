import { type EventEmitter } from 'node:events';
import { type Logger } from './logger.js';
import { SettingsError } from './settings-error.js';

/** What an app needs to know of its own life. */
export interface Lifetime {
  /** Aborted when the stop begins. */
  readonly signal: AbortSignal;
  /** Steps run one after the other, the last one registered first: register each part when it has started. */
  onStop(name: string, stop: () => Promise<void> | void): void;
  /** Begins the stop, as a signal would; the process exits with `code`. */
  end(code: 0 | 1): void;
}

export interface RunOptions {
  readonly logger: Logger;
  readonly start: (lifetime: Lifetime) => Promise<void>;
  /** Milliseconds that all steps together may take; 25,000 by default (Kubernetes kills after 30 s). */
  readonly deadline?: number;
  /** The process to listen to and to end; this one by default. */
  readonly process?: Pick<EventEmitter, 'on'> & { exit(code: number): void };
}

type Step = readonly [name: string, stop: () => Promise<void> | void];

/**
 * Runs an app until SIGTERM or SIGINT, then stops its parts in order and exits:
 * 0 after a clean stop; 1 when the start or a step failed, when the deadline passed, on a second signal,
 * and after an unhandled rejection or an uncaught exception (which begin the stop too); 2 when the start found that a
 * setting, or what it names, cannot be used.
 */
export async function runUntilSignal(options: RunOptions): Promise<void> {
  const { logger, deadline = 25_000, process: target = process } = options;
  const stopping = new AbortController();
  const steps: Step[] = [];
  let exitCode = 0;

  const stop = (code: 0 | 1 | 2) => {
    exitCode = Math.max(exitCode, code);
    stopping.abort(new Error('The process is stopping.'));
  };
  const onSignal = (signal: NodeJS.Signals) => {
    if (stopping.signal.aborted) {
      logger.warn({ signal }, 'second signal: exiting at once');
      target.exit(1);
    } else {
      logger.info({ signal }, 'stopping');
      stop(0);
    }
  };
  const onFault = (error: unknown) => {
    logger.error({ error }, 'unhandled error: stopping');
    stop(1);
  };
  target.on('SIGTERM', onSignal);
  target.on('SIGINT', onSignal);
  target.on('unhandledRejection', onFault);
  target.on('uncaughtException', onFault);

  const stopped = new Promise<void>((resolve) => {
    stopping.signal.addEventListener('abort', () => {
      resolve();
    });
  });
  const lifetime: Lifetime = {
    signal: stopping.signal,
    onStop: (name, step) => steps.push([name, step]),
    end: stop,
  };
  const started = options.start(lifetime).catch((error: unknown) => {
    if (stopping.signal.aborted) return;
    logger.error({ error }, 'start failed');
    stop(error instanceof SettingsError ? 2 : 1);
  });
  await stopped;
  const timer = setTimeout(() => {
    logger.error({ deadline }, 'not stopped in time: exiting');
    target.exit(1);
  }, deadline);
  await started;
  for (const [name, step] of steps.toReversed()) {
    try {
      await step();
      logger.debug({ part: name }, 'stopped');
    } catch (error) {
      logger.error({ part: name, error }, 'a part did not stop cleanly');
      exitCode = 1;
    }
  }
  clearTimeout(timer);
  logger.info({ exitCode }, 'stopped');
  target.exit(exitCode);
}
