import { isJsonObject, type JsonObject, type JsonValue } from '#core/json';
import { type Labels } from '#core/objects';

/** An object of the API server does not have the form that its kind has. Says where, and not what stands there. */
export class NotUnderstood extends Error {
  override readonly name = 'NotUnderstood';
}

/** An answer or an event of the API server as a whole cannot be used. */
export class UnreadableError extends Error {
  override readonly name = 'UnreadableError';
}

const nothing: JsonObject = {};

/** The object at `key`, empty when it is missing. Go writes what is missing as null too, everywhere. */
export function objectAt(parent: JsonObject, key: string, path: string): JsonObject {
  const value = parent[key] ?? null;
  if (value === null) return nothing;
  if (isJsonObject(value)) return value;
  throw new NotUnderstood(`${path} is not an object`);
}

function listAt(parent: JsonObject, key: string, path: string): readonly JsonValue[] {
  const value = parent[key] ?? null;
  if (value === null) return [];
  if (Array.isArray(value)) return value as readonly JsonValue[];
  throw new NotUnderstood(`${path} is not a list`);
}

export function textAt(parent: JsonObject, key: string, path: string): string | null {
  const value = parent[key] ?? null;
  if (value === null || typeof value === 'string') return value;
  throw new NotUnderstood(`${path} is not a text`);
}

export function flagAt(parent: JsonObject, key: string, path: string): boolean {
  const value = parent[key] ?? null;
  if (value === null) return false;
  if (typeof value === 'boolean') return value;
  throw new NotUnderstood(`${path} is neither true nor false`);
}

export function labelsAt(parent: JsonObject, key: string, path: string): Labels {
  const labels = objectAt(parent, key, path);
  return Object.fromEntries(Object.keys(labels).map((name) => [name, textAt(labels, name, `${path}.${name}`) ?? '']));
}

/** The objects in a list. */
export function objectsAt(parent: JsonObject, key: string, path: string): readonly JsonObject[] {
  return listAt(parent, key, path).map((element, index) => {
    if (isJsonObject(element)) return element;
    throw new NotUnderstood(`${path}[${index}] is not an object`);
  });
}

export function textsAt(parent: JsonObject, key: string, path: string): readonly string[] {
  return listAt(parent, key, path).map((element, index) => {
    if (typeof element === 'string') return element;
    throw new NotUnderstood(`${path}[${index}] is not a text`);
  });
}
