import { isJsonObject, type JsonValue } from '#core/json';
import { type ObjectKind } from '#core/kinds';
import { type ClusterObject } from '#core/objects';
import { type ResourceVersion } from '#core/resource-version';
import { type KnownObjects } from './known.js';
import { prune } from './prune.js';
import { UnreadableError } from './reading.js';
import { versionOf } from './watch-event.js';

/** A page of a list. */
export interface ListPage {
  readonly resourceVersion: ResourceVersion;
  /** Asks for the next page; null on the last one. */
  readonly continuation: string | null;
  readonly items: readonly JsonValue[];
}

/** @throws UnreadableError when the answer is not a list: what is missing in a snapshot would count as deleted. */
export function readListPage(kind: ObjectKind, answer: JsonValue): ListPage {
  const resourceVersion = versionOf(answer);
  const { items = null, metadata = null } = isJsonObject(answer) ? answer : {};
  if (resourceVersion === null || !(items === null || Array.isArray(items))) {
    throw new UnreadableError(`The API server answered a list of ${kind} with something else. Is the address right?`);
  }
  const token = isJsonObject(metadata) ? metadata.continue : null;
  return {
    resourceVersion,
    continuation: typeof token === 'string' && token !== '' ? token : null,
    items: items === null ? [] : (items as readonly JsonValue[]),
  };
}

export interface ChunkLimits {
  readonly objects: number;
  /** Of content, about. */
  readonly bytes: number;
}

export const defaultChunkLimits: ChunkLimits = { objects: 500, bytes: 1_048_576 };

export interface PrunedPage {
  /** At least one, perhaps empty. */
  readonly chunks: readonly (readonly ClusterObject[])[];
  /** One reason for each object that is left out. */
  readonly misunderstood: readonly string[];
}

/**
 * Prunes the objects of a page, remembers them in `known` and divides them into chunks. What is not understood is left
 * out, and so counts as deleted: right for what supplies addresses.
 * @throws UnreadableError for an object of a CES kind that does not say who it is: leaving a rule out might take a denial away.
 */
export function prunePage(
  kind: ObjectKind,
  items: readonly JsonValue[],
  known: KnownObjects,
  limits: ChunkLimits,
  custom: boolean,
): PrunedPage {
  let current: ClusterObject[] = [];
  let bytes = 0;
  const chunks = [current];
  const misunderstood: string[] = [];
  for (const item of items) {
    const pruned = prune(kind, item);
    if (pruned.result !== 'object') {
      if (custom) throw new UnreadableError(`A ${kind} in the list does not say which one it is: ${pruned.reason}.`);
      misunderstood.push(pruned.reason);
      continue;
    }
    const size = known.see(pruned.object).bytes;
    if (current.length >= limits.objects || (current.length > 0 && bytes + size > limits.bytes)) {
      current = [];
      bytes = 0;
      chunks.push(current);
    }
    current.push(pruned.object);
    bytes += size;
  }
  return { chunks, misunderstood };
}
