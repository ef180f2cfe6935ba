import { canonicalJson, isJsonObject, type JsonObject, type JsonValue } from '#core/json';
import { childPath, elementPath, listMerge } from './list-keys.js';

const elementOrder = '$setElementOrder/';
const deleteFromList = '$deleteFromPrimitiveList/';

/**
 * A strategic merge patch of a built-in kind, with the directives `$patch`, `$retainKeys`, `$setElementOrder` and
 * `$deleteFromPrimitiveList`, as kubectl apply makes them.
 */
export function strategicMerge(kind: string, original: JsonObject, patch: JsonObject, path = ''): JsonObject {
  const { $patch: directive, $retainKeys: retained, ...changes } = patch;
  if (directive === 'replace') return changes;
  if (directive === 'delete') return {};
  const merged = new Map(
    Object.entries(original).filter(([field]) => !Array.isArray(retained) || retained.includes(field)),
  );
  for (const [field, value] of Object.entries(changes)) {
    if (field.startsWith(elementOrder)) continue;
    if (field.startsWith(deleteFromList)) {
      const list = field.slice(deleteFromList.length);
      merged.set(list, without(merged.get(list), value));
    } else if (value === null) {
      merged.delete(field);
    } else {
      merged.set(field, mergeValue(kind, merged.get(field), value, childPath(path, field)));
    }
  }
  for (const [field, order] of Object.entries(changes)) {
    if (!field.startsWith(elementOrder)) continue;
    const list = field.slice(elementOrder.length);
    const value = merged.get(list);
    if (value !== undefined) merged.set(list, reorder(kind, value, order, childPath(path, list)));
  }
  return Object.fromEntries(merged);
}

function mergeValue(kind: string, original: JsonValue | undefined, patch: JsonValue, path: string): JsonValue {
  if (isJsonObject(patch)) return strategicMerge(kind, isJsonObject(original) ? original : {}, patch, path);
  if (!isList(patch)) return patch;
  const how = listMerge(kind, path);
  const list = isList(original) ? original : [];
  switch (how.merge) {
    case 'whole':
      return patch;
    case 'set':
      return [...list, ...without(patch, list)];
    case 'by-key':
      return mergeList(kind, list, patch.filter(isJsonObject), how.patchKey, elementPath(path));
  }
}

function mergeList(
  kind: string,
  original: readonly JsonValue[],
  patch: readonly JsonObject[],
  key: string,
  path: string,
): JsonValue {
  const replaces = patch.some((element) => element['$patch'] === 'replace' && element[key] === undefined);
  const result = replaces ? [] : [...original];
  for (const element of patch) {
    if (element['$patch'] === 'replace' && element[key] === undefined) continue;
    const index = result.findIndex((candidate) => isJsonObject(candidate) && candidate[key] === element[key]);
    const found = result[index];
    if (element['$patch'] === 'delete') {
      if (index >= 0) result.splice(index, 1);
    } else if (isJsonObject(found)) {
      result[index] = strategicMerge(kind, found, element, path);
    } else {
      result.push(strategicMerge(kind, {}, element, path));
    }
  }
  return result;
}

/** The elements that the order names first, in that order, then the others as they stood. */
function reorder(kind: string, value: JsonValue, order: JsonValue, path: string): JsonValue {
  if (!isList(value) || !isList(order)) return value;
  const how = listMerge(kind, path);
  const identity = (element: JsonValue): string =>
    canonicalJson(how.merge === 'by-key' && isJsonObject(element) ? (element[how.patchKey] ?? null) : element);
  const places = order.map(identity);
  const place = (element: JsonValue): number => {
    const found = places.indexOf(identity(element));
    return found < 0 ? places.length : found;
  };
  return value.toSorted((one, other) => place(one) - place(other));
}

function without(list: JsonValue | undefined, removed: JsonValue): readonly JsonValue[] {
  const gone = new Set(isList(removed) ? removed.map(canonicalJson) : []);
  return isList(list) ? list.filter((element) => !gone.has(canonicalJson(element))) : [];
}

function isList(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}
