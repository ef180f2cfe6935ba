import { type HealthState } from '#platform/health';
import { type ChangeStream } from './change-stream.js';
import { type HintQueue } from './hint-queue.js';

/** The delivery of changes and hints over one backend, for one app. */
export interface StreamBackend {
  readonly changes: ChangeStream;
  readonly hints: HintQueue;
  /**
   * Creates what the backend needs before anything can be sent (tables in PostgreSQL; nothing in Redis).
   * Can be repeated and run by several processes at once.
   * @throws Error when the backend is away or refuses.
   */
  prepare(): Promise<void>;
  /** Whether the backend is there, prepared, and set up so that it loses nothing. Never throws. */
  health(): Promise<HealthState>;
  /** Closes every publisher and consumer, and disconnects. */
  close(): Promise<void>;
}

/** A publisher or hint queue was used after it was closed, or closed while it waited. */
export class StreamClosedError extends Error {
  override readonly name = 'StreamClosedError';
}
