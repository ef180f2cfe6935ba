import { type StreamMessage } from '#core/change';

/**
 * The way of changes from a watcher to the projector: per cluster one line of messages, each handled at least once,
 * in the order in which they were published, by one consumer at a time however many are running.
 *
 * It is a transport and no memory: a backend that loses everything loses messages. The receiver sees that as a gap
 * (DESIGN.md, checkpoints), and publishers and consumers go on by themselves when the backend is back.
 */
export interface ChangeStream {
  /** A publisher for the watcher that leads the cluster. Opens no connection before the first message. */
  publisher(cluster: string): ChangePublisher;

  /**
   * Begins to consume a cluster's messages; resolves when the consumer runs, whether or not the backend is there yet.
   * While another process consumes the cluster, this one stands by and takes over when that one closes or dies.
   */
  consume(cluster: string, handler: ChangeHandler): Promise<Consumer>;

  /**
   * The cluster's messages that were set aside, newest first; the backend keeps a bounded number for a bounded time.
   * @throws Error when the backend is away.
   */
  listSetAside(cluster: string, limit?: number): Promise<readonly SetAsideMessage[]>;

  /**
   * Where the cluster's line stands now.
   * @throws Error when the backend is away.
   */
  statistics(cluster: string): Promise<LineStatistics>;
}

export interface ChangePublisher {
  /**
   * Resolves when the backend holds the message. While the backend is away, or holds as many messages as may wait,
   * it waits, tries again with back-off and says so in log and metrics; so the caller is to await it before it reads
   * on. Messages are added one after another, in the order of the calls.
   * @throws the signal's reason when it is aborted first; `StreamClosedError` when the publisher is closed first.
   * In both cases the message may have been added.
   */
  publish(message: StreamMessage, signal?: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/**
 * Handles one message, and is called again with the same one after a crash or a lost lease: it has to be idempotent.
 *
 * What it throws counts as trouble that passes (a database that restarts): the same message is given to it again,
 * with back-off and for ever, and those behind it wait. What will never pass with this message has to be answered
 * with `poisoned`.
 *
 * The signal is aborted when the consumer closes (the message then goes back to the head of the line, unless the
 * handler ends well) and when the lease on the message is lost (somebody else is handling it).
 */
export type ChangeHandler = (message: StreamMessage, signal: AbortSignal) => Promise<Verdict>;

export type Verdict =
  | { readonly outcome: 'done' }
  /** This message can never be handled: it is set aside, with an alert, and the next one follows. */
  | { readonly outcome: 'poisoned'; readonly reason: string };

export interface Consumer {
  /** Aborts the handler's signal, waits for the handler to end, gives back what it did not finish, and disconnects. */
  close(): Promise<void>;
}

export interface SetAsideMessage {
  readonly id: string;
  readonly reason: string;
  readonly publishedAt: Date;
  readonly setAsideAt: Date;
  /** What was on the stream: any text, in general the JSON of a message. */
  readonly text: string;
}

export interface LineStatistics {
  /** Messages that nobody handles yet. */
  readonly waiting: number;
  readonly setAside: number;
  /** When the oldest message that is not finished was published, null when there is none. */
  readonly oldest: Date | null;
}
