import { type StreamMessage } from '#core/change';

/** Where the watcher's messages go: the stream. */
export interface ChangeSink {
  /**
   * Resolves when the message was handed on so that it survives a crash of this process, and not before: awaiting it
   * is the backpressure. Rejects when it was not, or may not have been, handed on; the caller then publishes the same
   * message again, so a message may arrive twice. Once the signal is aborted it is not tried any more.
   */
  publish(message: StreamMessage, signal: AbortSignal): Promise<void>;
}
