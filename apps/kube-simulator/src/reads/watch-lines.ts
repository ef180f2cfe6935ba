import { type JsonObject } from '#core/json';
import { apiVersionOf, type ApiResource } from '../kinds/api-resource.js';
import { type KubeObject } from '../objects/kube-object.js';
import { type StoreEvent } from '../storage/store.js';
import { type Selection } from './selectors.js';
import { type Serializer } from './serializer.js';
import { toTable, type TableOptions } from './table.js';

export type WatchType = 'ADDED' | 'MODIFIED' | 'DELETED';

/** What one watch sees of a write. */
export interface SeenEvent {
  readonly type: WatchType;
  readonly object: KubeObject;
}

/**
 * A write as a watch with a selector sees it: what begins to match is added, and what no longer matches is deleted,
 * with its last matching content at the version of the write. Undefined: the watch does not see it.
 */
export function seenBy({ matches, narrowed }: Selection, event: StoreEvent): SeenEvent | undefined {
  const { type, object, previous } = event;
  const matched = previous !== undefined && matches(previous);
  const matchesNow = type !== 'DELETED' && matches(object);
  if (!narrowed) return matchesNow || matched ? { type, object } : undefined;
  if (matchesNow) return { type: matched ? 'MODIFIED' : 'ADDED', object };
  if (previous === undefined || !matched) return undefined;
  if (type === 'DELETED') return { type, object };
  const { resourceVersion } = object.metadata;
  return { type: 'DELETED', object: { ...previous, metadata: { ...previous.metadata, resourceVersion } } };
}

export function eventLine(type: string, objectText: string): string {
  return `{"type":"${type}","object":${objectText}}\n`;
}

/** The lines of a stream of objects: each is made once and shared by all watches of the resource. */
export class SharedLines {
  readonly #lines = new WeakMap<KubeObject, Map<string, Buffer>>();

  constructor(private readonly serializer: Serializer) {}

  line(resource: ApiResource, { type, object }: SeenEvent): Buffer {
    const lines = this.#lines.get(object) ?? new Map<string, Buffer>();
    this.#lines.set(object, lines);
    const key = `${type} ${apiVersionOf(resource)}`;
    const known = lines.get(key);
    if (known !== undefined) return known;
    const line = Buffer.from(eventLine(type, this.serializer.text(resource, object)));
    lines.set(key, line);
    return line;
  }
}

/** The line of a watch that asked for tables; only its first event carries the column definitions. */
export function tableLine(
  resource: ApiResource,
  { type, object }: SeenEvent,
  options: TableOptions,
  now: Date,
  withHeaders: boolean,
): string {
  const { resourceVersion } = object.metadata;
  return eventLine(type, JSON.stringify(toTable(resource, [object], { resourceVersion }, options, now, withHeaders)));
}

/** A bookmark says only how far the watch is. */
export function bookmarkObject(resource: ApiResource, revision: number): JsonObject {
  return {
    kind: resource.kind,
    apiVersion: apiVersionOf(resource),
    metadata: { resourceVersion: String(revision), creationTimestamp: null },
  };
}
