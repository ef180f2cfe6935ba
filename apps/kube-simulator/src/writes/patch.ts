import { applyPatch, type Operation } from 'rfc6902';
import { z } from 'zod';
import { isJsonObject, type JsonObject, type JsonValue } from '#core/json';
import { badRequest, unprocessablePatch, unsupportedMediaType } from '../api-error.js';
import { type ApiResource } from '../kinds/api-resource.js';
import { strategicMerge } from './strategic-merge.js';

const patchTypes = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
} as const;

/** A patch as the request's content type says; server-side apply is a matter of its own. */
export type Patch =
  | { readonly type: 'json'; readonly operations: Operation[] }
  | { readonly type: 'merge'; readonly changes: JsonObject }
  | { readonly type: 'strategic'; readonly changes: JsonObject }
  | { readonly type: 'apply'; readonly configuration: JsonObject };

const path = z.string();
const value = z.json();
const operation = z.discriminatedUnion('op', [
  z.object({ op: z.literal('add'), path, value }),
  z.object({ op: z.literal('remove'), path }),
  z.object({ op: z.literal('replace'), path, value }),
  z.object({ op: z.literal('test'), path, value }),
  z.object({ op: z.literal('move'), path, from: path }),
  z.object({ op: z.literal('copy'), path, from: path }),
]);

/** @throws ApiError 400 or 415 */
export function parsePatch(contentType: string, body: JsonValue, resource: ApiResource): Patch {
  const media = contentType.split(';')[0]?.trim();
  switch (media) {
    case patchTypes.json: {
      const parsed = z.array(operation).safeParse(body);
      if (!parsed.success) throw badRequest(`error decoding patch: ${z.prettifyError(parsed.error)}`);
      return { type: 'json', operations: parsed.data };
    }
    case patchTypes.merge:
      return { type: 'merge', changes: requireObject(body) };
    case patchTypes.apply:
      return { type: 'apply', configuration: requireObject(body) };
    case patchTypes.strategic:
      if (!resource.custom) return { type: 'strategic', changes: requireObject(body) };
      throw unsupportedMediaType([patchTypes.json, patchTypes.merge, patchTypes.apply]);
    default:
      throw unsupportedMediaType(Object.values(patchTypes));
  }
}

function requireObject(body: JsonValue): JsonObject {
  if (isJsonObject(body)) return body;
  throw badRequest('error decoding patch: json: cannot unmarshal into an object');
}

/**
 * The object with the patch carried out; the object given stays as it is.
 * @throws ApiError 422 when a JSON patch does not fit
 */
export function patched(kind: string, object: JsonObject, patch: Exclude<Patch, { type: 'apply' }>): JsonValue {
  switch (patch.type) {
    case 'merge':
      return mergePatch(object, patch.changes);
    case 'strategic':
      return strategicMerge(kind, object, patch.changes);
    case 'json': {
      const copy: JsonObject = structuredClone(object);
      const failure = applyPatch(copy, patch.operations).find((result) => result !== null);
      if (failure !== undefined) throw unprocessablePatch(failure.message || failure.name);
      return copy;
    }
  }
}

/** RFC 7386. */
function mergePatch(target: JsonValue | undefined, patch: JsonValue): JsonValue {
  if (!isJsonObject(patch)) return patch;
  const merged = new Map(Object.entries(isJsonObject(target) ? target : {}));
  for (const [field, change] of Object.entries(patch)) {
    if (change === null) merged.delete(field);
    else merged.set(field, mergePatch(merged.get(field), change));
  }
  return Object.fromEntries(merged);
}
