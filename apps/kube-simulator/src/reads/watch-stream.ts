import { type ApiError } from '../api-error.js';
import { type Subject } from '../faults/fault.js';
import { type ApiResource } from '../kinds/api-resource.js';
import { type Store, type StoreEvent } from '../storage/store.js';
import { type WatchOptions } from './list-options.js';
import { type TableOptions } from './table.js';
import { bookmarkObject, eventLine, seenBy, tableLine, type SeenEvent, type SharedLines } from './watch-lines.js';

/** Where a watch writes to: one HTTP response. */
export interface WatchSink {
  write(chunk: string | Buffer): void;
  /** Bytes that the client has not taken yet. */
  readonly bufferedBytes: number;
  end(): void;
  reset(): void;
}

export interface WatchRequest {
  readonly resource: ApiResource;
  readonly options: WatchOptions;
  readonly form: 'json' | TableOptions;
  /** The revision that the watch cache shows to those who take any. */
  readonly cacheRevision: number;
}

/** Times in milliseconds. */
export interface WatchTimes {
  readonly bookmarkInterval: number;
  /** For watches that ask for no time-out. */
  readonly defaultTimeout: number;
}

/** A client that lets so much wait is dropped: the API server's buffers are bounded too. */
const mostBufferedBytes = 64 * 1_024 * 1_024;

/** A bookmark goes out so long before a watch's time is up, as the API server does it. */
const lastBookmarkBefore = 2_000;

/**
 * One open watch. `streaming`: events and bookmarks go out. `silent`: open, but nothing goes out any more.
 * `cutting`: of the next event only half goes out. `closed`: over.
 */
export class WatchStream {
  #state: 'streaming' | 'silent' | 'cutting' | 'closed' = 'streaming';
  #ending: 'close' | 'reset' = 'reset';
  #sentEvents = 0;
  #firstRevision = 0;
  readonly #timers: NodeJS.Timeout[] = [];

  constructor(
    readonly request: WatchRequest,
    private readonly sink: WatchSink,
    private readonly store: Store,
    private readonly lines: SharedLines,
    private readonly now: () => Date,
    private readonly onClosed: (stream: WatchStream) => void,
  ) {}

  get subject(): Subject {
    const { resource, options } = this.request;
    return { verb: 'watch', resource: resource.plural, namespace: options.selection.namespace };
  }

  get sentEvents(): number {
    return this.#sentEvents;
  }

  get isOpen(): boolean {
    return this.#state !== 'closed';
  }

  /** Sends what the client has not seen yet; from then on `offer` brings what happens. */
  start({ bookmarkInterval, defaultTimeout }: WatchTimes): void {
    const { resource, options, cacheRevision } = this.request;
    const { resourceVersion, selection } = options;
    const snapshotRevision = resourceVersion === undefined ? this.store.revision : cacheRevision;
    const fromState = resourceVersion === undefined || resourceVersion === 0;
    this.#firstRevision = fromState ? snapshotRevision : resourceVersion;
    if (fromState) {
      const prefix = selection.namespace === undefined ? '' : `${selection.namespace}/`;
      for (const [, object] of this.store.entries(resource.storage, prefix, snapshotRevision)) {
        if (selection.matches(object)) this.#send({ type: 'ADDED', object });
      }
    }
    for (const event of this.store.eventsSince(this.#firstRevision)) {
      if (event.storage === resource.storage) this.offer(event);
    }
    this.#schedule(
      options.timeoutSeconds === undefined ? defaultTimeout : options.timeoutSeconds * 1_000,
      bookmarkInterval,
    );
  }

  /** A write of this watch's storage; those up to the version that the watch began at are known to the client. */
  offer(event: StoreEvent): void {
    if (event.revision <= this.#firstRevision) return;
    const seen = seenBy(this.request.options.selection, event);
    if (seen !== undefined) this.#send(seen);
  }

  /** An ERROR event, after which the stream ends. */
  fail(error: ApiError): void {
    this.#write(eventLine('ERROR', JSON.stringify(error.toStatus())));
    this.close();
  }

  close(): void {
    if (this.#finish()) this.sink.end();
  }

  reset(): void {
    if (this.#finish()) this.sink.reset();
  }

  /** Nothing goes out any more, not even the end when its time is up. */
  silence(): void {
    if (this.#state === 'closed') return;
    this.#state = 'silent';
    this.#stopTimers();
  }

  cutNextEvent(ending: 'close' | 'reset'): void {
    if (this.#state !== 'streaming') return;
    this.#state = 'cutting';
    this.#ending = ending;
  }

  /** The client has gone. */
  abandoned(): void {
    this.#finish();
  }

  #send(seen: SeenEvent): void {
    const { resource, form } = this.request;
    this.#write(
      form === 'json'
        ? this.lines.line(resource, seen)
        : tableLine(resource, seen, form, this.now(), this.#sentEvents === 0),
    );
  }

  #write(line: string | Buffer): void {
    switch (this.#state) {
      case 'closed':
      case 'silent':
        return;
      case 'cutting':
        this.sink.write(Buffer.from(line).subarray(0, line.length / 2));
        if (this.#ending === 'close') this.close();
        else this.reset();
        return;
      case 'streaming':
        this.#sentEvents += 1;
        this.sink.write(line);
        if (this.sink.bufferedBytes > mostBufferedBytes) this.reset();
    }
  }

  #bookmark(): void {
    const { resource } = this.request;
    if (this.#state !== 'streaming' || this.store.revision < this.#firstRevision) return;
    this.sink.write(eventLine('BOOKMARK', JSON.stringify(bookmarkObject(resource, this.store.revision))));
  }

  #schedule(timeout: number, bookmarkInterval: number): void {
    const { allowBookmarks } = this.request.options;
    if (this.#state !== 'streaming') return;
    this.#timers.push(
      setTimeout(
        () => {
          this.close();
        },
        Math.min(timeout, 2_147_483_647),
      ).unref(),
    );
    if (!allowBookmarks) return;
    this.#timers.push(
      setInterval(() => {
        this.#bookmark();
      }, bookmarkInterval).unref(),
    );
    if (timeout > lastBookmarkBefore && timeout < 2_147_483_647) {
      this.#timers.push(
        setTimeout(() => {
          this.#bookmark();
        }, timeout - lastBookmarkBefore).unref(),
      );
    }
  }

  /** Whether it was open until now. */
  #finish(): boolean {
    if (this.#state === 'closed') return false;
    this.#state = 'closed';
    this.#stopTimers();
    this.onClosed(this);
    return true;
  }

  #stopTimers(): void {
    for (const timer of this.#timers) clearTimeout(timer);
  }
}
