import { type Change, type Span } from '#core/change';
import { type ObjectKind } from '#core/kinds';
import { type ResourceVersion } from '#core/resource-version';

export interface BatchLimits {
  /** A batch with so many changes is full. */
  readonly changes: number;
  /** So is one with about so many bytes of content. */
  readonly bytes: number;
  /** How long a change may wait for others, in milliseconds. */
  readonly changeDelay: number;
  /** How long spans may wait when there is no change, in milliseconds: they only move checkpoints. */
  readonly spanDelay: number;
}

export const defaultBatchLimits: BatchLimits = { changes: 500, bytes: 1_048_576, changeDelay: 20, spanDelay: 1_000 };

/** One thing that the watch of a kind said. */
export interface Notice {
  readonly kind: ObjectKind;
  /** Null for a bookmark, and for an update of nothing that matters: only the span moves. */
  readonly change: Change | null;
  /** The version that the watch has reached with it. */
  readonly to: ResourceVersion;
  readonly bytes: number;
}

/** What goes out in one message. */
export interface Batch {
  readonly spans: readonly Span[];
  readonly changes: readonly Change[];
}

/**
 * Gathers what the watches of all kinds say into batches. Pure: times are milliseconds of a clock of the caller.
 *
 * Each kind's spans form a chain over all batches: a span begins where the last one of its kind ended, or at the
 * version that `begin` named.
 */
export class MicroBatch {
  readonly #limits: BatchLimits;
  readonly #reached = new Map<ObjectKind, ResourceVersion>();
  #spans = new Map<ObjectKind, Span>();
  #changes: Change[] = [];
  #bytes = 0;
  #due: number | null = null;

  constructor(limits: BatchLimits) {
    this.#limits = limits;
  }

  get empty(): boolean {
    return this.#spans.size === 0;
  }

  get full(): boolean {
    return this.#changes.length >= this.#limits.changes || this.#bytes >= this.#limits.bytes;
  }

  /** When the batch wants to go out: null while there is nothing in it. A full one wants to at once. */
  get due(): number | null {
    return this.full ? Number.NEGATIVE_INFINITY : this.#due;
  }

  /** The watch of a kind begins at this version: of a snapshot that was sent, or of the projection's checkpoint. */
  begin(kind: ObjectKind, version: ResourceVersion): void {
    this.#reached.set(kind, version);
  }

  /** @throws Error when the kind has not begun. */
  add(notice: Notice, now: number): void {
    const { kind, change, to, bytes } = notice;
    const reached = this.#reached.get(kind);
    if (reached === undefined) throw new Error(`The watch of ${kind} has not begun: call begin first.`);
    if (change === null && to === reached) return;
    this.#spans.set(kind, { kind, from: this.#spans.get(kind)?.from ?? reached, to });
    this.#reached.set(kind, to);
    this.#wait(now + (change === null ? this.#limits.spanDelay : this.#limits.changeDelay));
    if (change === null) return;
    this.#changes.push(change);
    this.#bytes += bytes;
  }

  /** Empties the batch: what was gathered so far, null when there is nothing. */
  take(): Batch | null {
    if (this.empty) return null;
    const batch = { spans: [...this.#spans.values()], changes: this.#changes };
    this.#spans = new Map();
    this.#changes = [];
    this.#bytes = 0;
    this.#due = null;
    return batch;
  }

  #wait(until: number): void {
    this.#due = this.#due === null ? until : Math.min(this.#due, until);
  }
}
