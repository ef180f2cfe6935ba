import { isJsonObject, type JsonValue } from '#core/json';
import { isResourceVersion, type ResourceVersion } from '#core/resource-version';
import { type ApiFailure, readFailure } from './failure.js';

/** One line of a watch. */
export type WatchEvent =
  | { readonly type: 'upsert'; readonly object: JsonValue }
  | { readonly type: 'delete'; readonly object: JsonValue }
  /** Nothing happened up to this version. */
  | { readonly type: 'bookmark'; readonly resourceVersion: ResourceVersion }
  | { readonly type: 'error'; readonly failure: ApiFailure }
  | { readonly type: 'unknown'; readonly name: string };

export function readWatchEvent(line: JsonValue): WatchEvent {
  const event = isJsonObject(line) ? line : {};
  const object = event.object ?? null;
  switch (event.type) {
    case 'ADDED':
    case 'MODIFIED':
      return { type: 'upsert', object };
    case 'DELETED':
      return { type: 'delete', object };
    case 'BOOKMARK': {
      const resourceVersion = versionOf(object);
      return resourceVersion === null ? { type: 'unknown', name: 'BOOKMARK' } : { type: 'bookmark', resourceVersion };
    }
    case 'ERROR':
      return { type: 'error', failure: readFailure(500, object, null) };
    default:
      return { type: 'unknown', name: typeof event.type === 'string' ? event.type : 'none' };
  }
}

/** `metadata.resourceVersion`, of an object or of a list; null when there is no usable one. */
export function versionOf(value: JsonValue): ResourceVersion | null {
  const metadata = isJsonObject(value) && isJsonObject(value.metadata) ? value.metadata : {};
  const { resourceVersion } = metadata;
  return typeof resourceVersion === 'string' && isResourceVersion(resourceVersion) ? resourceVersion : null;
}
