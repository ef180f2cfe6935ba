import { type ObjectKind } from './kinds.js';
import { type ClusterObject, type ObjectReference } from './objects.js';
import { type ResourceVersion } from './resource-version.js';

/** Something seen in a cluster: one object created, changed or gone. */
export type Change = Upsert | Deletion;

export interface Upsert {
  readonly type: 'upsert';
  readonly object: ClusterObject;
}

export interface Deletion extends ObjectReference {
  readonly type: 'delete';
  /** The version of the deletion itself, later than the object's last one. */
  readonly resourceVersion: ResourceVersion;
}

/** How far a batch carries a kind: it continues the checkpoint at `from` and moves it to `to`. */
export interface Span {
  readonly kind: ObjectKind;
  readonly from: ResourceVersion;
  readonly to: ResourceVersion;
}

/** The form of the messages below. A consumer sets a message of another version aside. */
export const streamVersion = 1;

interface Message {
  readonly version: typeof streamVersion;
  readonly cluster: string;
  /** When the watcher saw it, RFC 3339. */
  readonly observedAt: string;
}

/** Changes in the order in which one watcher saw them; one job on the stream. A bookmark is a span without changes. */
export interface ChangeBatch extends Message {
  readonly form: 'changes';
  readonly spans: readonly Span[];
  readonly changes: readonly Change[];
}

/**
 * A part of a snapshot: the complete set of objects of a kind at a resource version. A snapshot counts when all of its
 * chunks are in; the chunk with the highest index has `last: true`.
 */
export interface SnapshotChunk extends Message {
  readonly form: 'snapshot';
  readonly snapshotId: string;
  readonly kind: ObjectKind;
  readonly index: number;
  readonly last: boolean;
  readonly resourceVersion: ResourceVersion;
  /** True when the list asked for no version: only such a one proves that a version that runs backwards is real. */
  readonly authoritative: boolean;
  readonly objects: readonly ClusterObject[];
}

/** The watcher's ces-conf.yaml, sent when it starts to lead and whenever the file changes. */
export interface ConfigurationMessage extends Message {
  readonly form: 'configuration';
  /** The file's text: parsed again by whoever projects it. */
  readonly text: string;
}

export type StreamMessage = ChangeBatch | SnapshotChunk | ConfigurationMessage;
