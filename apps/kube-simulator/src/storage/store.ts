import { type KubeObject } from '../objects/kube-object.js';
import { VersionedTable } from './versioned-table.js';

/** One write, as watches see it. `object` is the last state when it is a deletion, at the deletion's version. */
export interface StoreEvent {
  readonly revision: number;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly storage: string;
  readonly object: KubeObject;
  readonly previous: KubeObject | undefined;
}

/** A state of the whole store, to go back to. */
export interface Backup {
  readonly revision: number;
  readonly objects: ReadonlyMap<string, ReadonlyMap<string, KubeObject>>;
}

/** An object before the store gives it a version. */
export type Unversioned = Omit<KubeObject, 'metadata'> & {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Omit<KubeObject['metadata'], 'resourceVersion'>;
};

/**
 * What etcd is to the API server: objects by storage and key, one revision for every write, and the history
 * since the last compaction, so that lists can be read and watches begun at an older revision.
 */
export class Store {
  readonly #tables = new Map<string, VersionedTable>();
  readonly #listeners = new Set<(event: StoreEvent) => void>();
  readonly #restoreListeners = new Set<() => void>();
  readonly #undelivered: StoreEvent[] = [];
  #delivering = false;
  #events: StoreEvent[] = [];
  #revision = 1;
  #compactedRevision = 0;

  /** @param retainedEvents how many writes the history holds before the oldest are compacted. */
  constructor(private readonly retainedEvents: number) {}

  get revision(): number {
    return this.#revision;
  }

  /** What happened up to here is forgotten: a watch that begins below it is too old. */
  get compactedRevision(): number {
    return this.#compactedRevision;
  }

  get(storage: string, key: string, revision = this.#revision): KubeObject | undefined {
    return this.#table(storage).get(key, revision);
  }

  /** The objects at a revision that is not compacted whose keys begin with `prefix`, in the order of keys from `start`. */
  entries(
    storage: string,
    prefix: string,
    revision = this.#revision,
    start = prefix,
  ): Iterable<readonly [string, KubeObject]> {
    return this.#table(storage).entries(prefix, revision, start);
  }

  count(storage: string): number {
    return this.#table(storage).size;
  }

  put(storage: string, key: string, object: Unversioned): KubeObject {
    const previous = this.get(storage, key);
    const revision = this.#revision + 1;
    const { apiVersion, kind, metadata, ...content } = object;
    const stored: KubeObject = {
      apiVersion,
      kind,
      metadata: { ...metadata, resourceVersion: String(revision) },
      ...content,
    };
    this.#table(storage).set(key, revision, stored);
    const type = previous === undefined ? 'ADDED' : 'MODIFIED';
    this.#record({ revision, type, storage, object: stored, previous });
    return stored;
  }

  /** The object as it was, with the revision of its deletion; undefined when there is none. */
  remove(storage: string, key: string): KubeObject | undefined {
    const previous = this.get(storage, key);
    if (previous === undefined) return undefined;
    const revision = this.#revision + 1;
    const object = { ...previous, metadata: { ...previous.metadata, resourceVersion: String(revision) } };
    this.#table(storage).set(key, revision, undefined);
    this.#record({ revision, type: 'DELETED', storage, object, previous });
    return object;
  }

  /** The retained writes after a revision, oldest first. */
  eventsSince(revision: number): readonly StoreEvent[] {
    let low = 0;
    let high = this.#events.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#events[middle]?.revision ?? 0) > revision) high = middle;
      else low = middle + 1;
    }
    return this.#events.slice(low);
  }

  /** Forgets the history up to a revision, at most up to now. */
  compact(revision = this.#revision): void {
    const upTo = Math.min(revision, this.#revision);
    if (upTo <= this.#compactedRevision) return;
    this.#events = [...this.eventsSince(upTo)];
    this.#compactedRevision = upTo;
    for (const table of this.#tables.values()) table.compact(upTo);
  }

  backup(): Backup {
    const objects = new Map<string, ReadonlyMap<string, KubeObject>>();
    for (const [storage, table] of this.#tables) objects.set(storage, new Map(table.entries('', this.#revision, '')));
    return { revision: this.#revision, objects };
  }

  /** Back to an earlier state, as after a restore of etcd: revisions run backwards, and the history is gone. */
  restore({ revision, objects }: Backup): void {
    this.#tables.clear();
    for (const [storage, byKey] of objects) {
      const table = this.#table(storage);
      for (const [key, object] of byKey) table.set(key, Number(object.metadata.resourceVersion), object);
    }
    this.#events = [];
    this.#revision = revision;
    this.#compactedRevision = revision;
    for (const listener of this.#restoreListeners) listener();
  }

  /** Listeners get every write, in order, also those that other listeners cause. Returns how to stop listening. */
  onEvent(listener: (event: StoreEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  onRestore(listener: () => void): void {
    this.#restoreListeners.add(listener);
  }

  #table(storage: string): VersionedTable {
    const existing = this.#tables.get(storage);
    if (existing !== undefined) return existing;
    const table = new VersionedTable();
    this.#tables.set(storage, table);
    return table;
  }

  #record(event: StoreEvent): void {
    this.#revision = event.revision;
    this.#events.push(event);
    if (this.#events.length > this.retainedEvents * 1.25) {
      this.compact(this.#events[this.#events.length - this.retainedEvents - 1]?.revision);
    }
    this.#undelivered.push(event);
    if (!this.#delivering) this.#deliver();
  }

  #deliver(): void {
    this.#delivering = true;
    try {
      for (let event = this.#undelivered.shift(); event !== undefined; event = this.#undelivered.shift()) {
        for (const listener of this.#listeners) listener(event);
      }
    } finally {
      this.#delivering = false;
    }
  }
}
