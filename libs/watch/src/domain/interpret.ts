import { type Deletion } from '#core/change';
import { type JsonValue } from '#core/json';
import { type ObjectKind } from '#core/kinds';
import { type ObjectReference } from '#core/objects';
import { compareVersions, type ResourceVersion } from '#core/resource-version';
import { type KnownObjects } from './known.js';
import { readIdentity } from './metadata.js';
import { type Notice } from './micro-batch.js';
import { prune } from './prune.js';
import { NotUnderstood } from './reading.js';
import { type WatchEvent } from './watch-event.js';

/** An event of a watch that speaks of an object, or of a version. */
export type Telling = Extract<WatchEvent, { type: 'upsert' | 'delete' | 'bookmark' }>;

export type Interpretation =
  | {
      readonly result: 'notice';
      readonly notice: Notice;
      readonly type: 'upsert' | 'delete' | 'unchanged' | 'bookmark';
      /** Why the object was not understood and therefore counts as gone; null as a rule. */
      readonly misunderstood: string | null;
    }
  /** The event does not say which object it is about: one cannot go on from it, only list anew. */
  | { readonly result: 'unusable'; readonly reason: string };

/**
 * What the watcher passes on of an event. `position` is the version that the watch has reached; it never runs backwards.
 * Updates `known`.
 */
export function interpret(
  kind: ObjectKind,
  event: Telling,
  known: KnownObjects,
  position: ResourceVersion,
): Interpretation {
  switch (event.type) {
    case 'bookmark':
      return notice('bookmark', { kind, change: null, to: later(position, event.resourceVersion), bytes: 0 });
    case 'delete':
      return interpretDelete(kind, event.object, known, position);
    case 'upsert':
      return interpretUpsert(kind, event.object, known, position);
  }
}

function interpretUpsert(
  kind: ObjectKind,
  raw: JsonValue,
  known: KnownObjects,
  position: ResourceVersion,
): Interpretation {
  const pruned = prune(kind, raw);
  switch (pruned.result) {
    case 'unidentifiable':
      return { result: 'unusable', reason: pruned.reason };
    case 'not-understood':
      return gone(pruned.reference, pruned.resourceVersion, known, position, pruned.reason);
    case 'object': {
      const { object } = pruned;
      const { news, bytes } = known.see(object);
      const to = later(position, object.resourceVersion);
      return news
        ? notice('upsert', { kind, change: { type: 'upsert', object }, to, bytes })
        : notice('unchanged', { kind, change: null, to, bytes: 0 });
    }
  }
}

function interpretDelete(
  kind: ObjectKind,
  raw: JsonValue,
  known: KnownObjects,
  position: ResourceVersion,
): Interpretation {
  try {
    const { reference, resourceVersion } = readIdentity(kind, raw);
    return gone(reference, resourceVersion, known, position, null);
  } catch (error) {
    if (error instanceof NotUnderstood) return { result: 'unusable', reason: error.message };
    throw error;
  }
}

/** About what a deletion takes as JSON. */
const deletionBytes = 200;

function gone(
  reference: ObjectReference,
  resourceVersion: ResourceVersion,
  known: KnownObjects,
  position: ResourceVersion,
  misunderstood: string | null,
): Interpretation {
  known.forget(reference.uid);
  const change: Deletion = { type: 'delete', ...reference, resourceVersion };
  const to = later(position, resourceVersion);
  return notice('delete', { kind: reference.kind, change, to, bytes: deletionBytes }, misunderstood);
}

function notice(
  type: Extract<Interpretation, { result: 'notice' }>['type'],
  content: Notice,
  misunderstood: string | null = null,
): Interpretation {
  return { result: 'notice', notice: content, type, misunderstood };
}

function later(left: ResourceVersion, right: ResourceVersion): ResourceVersion {
  return compareVersions(left, right) > 0 ? left : right;
}
