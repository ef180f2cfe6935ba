import { ApiError } from '../api-error.js';
import { hits, reasonOf, type WatchFault } from '../faults/fault.js';
import { type Store, type StoreEvent } from '../storage/store.js';
import { SharedLines } from './watch-lines.js';
import { WatchStream, type WatchRequest, type WatchSink, type WatchTimes } from './watch-stream.js';
import { type Serializer } from './serializer.js';

/** An open watch, as tests and the control endpoint see it. */
export interface OpenWatch {
  readonly resource: string;
  readonly namespace: string | undefined;
  /** What the client asked to begin at; empty: from the newest state. */
  readonly resourceVersion: string;
  readonly sentEvents: number;
}

interface DroppedEvents {
  readonly fault: Extract<WatchFault, { fault: 'drop-event' }>;
  left: number;
}

/** All open watches. Each write is offered to those of its storage, and serialised once for all of them. */
export class WatchHub {
  readonly #streams = new Map<string, Set<WatchStream>>();
  readonly #lines: SharedLines;
  #dropped: DroppedEvents[] = [];

  constructor(
    private readonly store: Store,
    serializer: Serializer,
    private readonly now: () => Date,
    private readonly times: WatchTimes,
  ) {
    this.#lines = new SharedLines(serializer);
    store.onEvent((event) => {
      this.#offer(event);
    });
    store.onRestore(() => {
      this.#each(
        () => true,
        (stream) => {
          stream.reset();
        },
      );
    });
  }

  open(request: WatchRequest, sink: WatchSink, silent: boolean): WatchStream {
    const { storage } = request.resource;
    const streams = this.#streams.get(storage) ?? new Set<WatchStream>();
    this.#streams.set(storage, streams);
    const stream = new WatchStream(request, sink, this.store, this.#lines, this.now, () => streams.delete(stream));
    streams.add(stream);
    if (silent) stream.silence();
    stream.start(this.times);
    return stream;
  }

  get openWatches(): readonly OpenWatch[] {
    return [...this.#streams.values()].flatMap((streams) =>
      [...streams].map(({ subject, request, sentEvents }) => ({
        resource: subject.resource,
        namespace: subject.namespace,
        resourceVersion: request.options.resourceVersion?.toString() ?? '',
        sentEvents,
      })),
    );
  }

  /** How many watches it hit; `drop-event` waits for events and hits none yet. */
  inflict(fault: WatchFault): number {
    if (fault.fault === 'drop-event') {
      this.#dropped.push({ fault, left: fault.times === 'forever' ? Number.POSITIVE_INFINITY : fault.times });
      return 0;
    }
    return this.#each(
      (stream) => hits(fault, stream.subject),
      (stream) => {
        strike(stream, fault);
      },
    );
  }

  forgetDrops(): void {
    this.#dropped = [];
  }

  #offer(event: StoreEvent): void {
    const streams = [...(this.#streams.get(event.storage) ?? [])];
    if (streams.length === 0 || this.#isDropped(event)) return;
    for (const stream of streams) stream.offer(event);
  }

  #isDropped({ storage, object }: StoreEvent): boolean {
    const subject = { verb: 'watch', resource: storage, namespace: object.metadata.namespace } as const;
    const index = this.#dropped.findIndex(({ fault }) => hits(fault, subject));
    const found = this.#dropped[index];
    if (found === undefined) return false;
    found.left -= 1;
    if (found.left <= 0) this.#dropped.splice(index, 1);
    return true;
  }

  #each(wanted: (stream: WatchStream) => boolean, act: (stream: WatchStream) => void): number {
    const found = [...this.#streams.values()].flatMap((streams) => [...streams].filter(wanted));
    found.forEach(act);
    return found.length;
  }
}

function strike(stream: WatchStream, fault: Exclude<WatchFault, { fault: 'drop-event' }>): void {
  switch (fault.fault) {
    case 'close-watches':
      stream.close();
      return;
    case 'reset-watches':
      stream.reset();
      return;
    case 'silence-watches':
      stream.silence();
      return;
    case 'cut-watches':
      stream.cutNextEvent(fault.ending);
      return;
    case 'fail-watches':
      stream.fail(new ApiError(fault.code, reasonOf(fault.code), fault.message ?? 'the watch failed'));
  }
}
