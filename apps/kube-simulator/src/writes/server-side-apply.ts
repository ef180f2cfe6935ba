import { isJsonObject, type JsonObject, type JsonValue } from '#core/json';
import { ApiError } from '../api-error.js';
import { type ManagedFields } from '../objects/kube-object.js';
import {
  changedFields,
  describe,
  fieldsOf,
  intersect,
  isEmpty,
  keyedElements,
  managedPart,
  noFields,
  subtract,
  union,
  type FieldSet,
} from './field-set.js';
import { childPath, elementPath } from './list-keys.js';
import { afterApply, appliedBefore, ownedBy, type Manager } from './managed-fields.js';

export interface Applied {
  readonly object: JsonObject;
  readonly managedFields: readonly ManagedFields[];
}

/**
 * Server-side apply: merges a configuration into the live object, removes what the manager applied before and
 * nobody else owns, and records who owns what.
 * @throws ApiError 409 when another manager owns a field that the configuration changes, unless `force`.
 */
export function applyConfiguration(
  kind: string,
  live: JsonObject,
  entries: readonly ManagedFields[],
  configuration: JsonObject,
  manager: Manager,
  force: boolean,
  time: string,
): Applied {
  const wanted = managedPart(configuration);
  const applied = fieldsOf(kind, wanted);
  const changed = changedFields(kind, managedPart(live), wanted);
  const mine = appliedBefore(entries, manager);
  const conflicts = entries
    .filter((entry) => entry !== mine)
    .map((entry) => ({ entry, fields: intersect(ownedBy(entry), changed) }))
    .filter(({ fields }) => !isEmpty(fields));
  if (conflicts.length > 0 && !force) throw conflictError(conflicts);
  const ownedByOthers = entries
    .filter((entry) => entry !== mine)
    .map(ownedBy)
    .reduce(union, noFields);
  const withdrawn = subtract(subtract(mine === undefined ? noFields : ownedBy(mine), applied), ownedByOthers);
  const merged = mergeObject(kind, live, wanted, '');
  return {
    object: removeFields(kind, merged, withdrawn, ''),
    managedFields: afterApply(entries, applied, changed, manager, time),
  };
}

function conflictError(conflicts: readonly { entry: ManagedFields; fields: FieldSet }[]): ApiError {
  const causes = conflicts.flatMap(({ entry, fields }) =>
    describe(fields).map((field) => ({
      reason: 'FieldManagerConflict',
      message: `conflict with "${entry.manager}" using ${entry.apiVersion}`,
      field,
    })),
  );
  const list = causes.map(({ message, field }) => `${message}: ${field}`);
  const message =
    causes.length === 1
      ? `Apply failed with 1 conflict: ${list.join()}`
      : `Apply failed with ${causes.length} conflicts: ${list.map((line) => `\n- ${line}`).join('')}`;
  return new ApiError(409, 'Conflict', message, { causes });
}

function mergeObject(kind: string, live: JsonObject, wanted: JsonObject, path: string): JsonObject {
  const merged: JsonObject = Object.fromEntries(
    Object.entries(wanted).map(([field, value]) => [
      field,
      mergeValue(kind, live[field], value, childPath(path, field)),
    ]),
  );
  return { ...live, ...merged };
}

function mergeValue(kind: string, live: JsonValue | undefined, wanted: JsonValue, path: string): JsonValue {
  if (live === undefined) return wanted;
  if (isJsonObject(live) && isJsonObject(wanted)) return mergeObject(kind, live, wanted, path);
  const before = keyedElements(kind, live, path);
  const after = keyedElements(kind, wanted, path);
  if (before === undefined || after === undefined) return wanted;
  const merged = new Map(before);
  for (const [key, element] of after) merged.set(key, mergeValue(kind, before.get(key), element, elementPath(path)));
  return [...merged.values()];
}

function removeFields(kind: string, object: JsonObject, fields: FieldSet, path: string): JsonObject {
  const kept = Object.entries(object).flatMap(([field, value]) => {
    const gone = fields.children.get(`f:${field}`);
    if (gone === undefined) return [[field, value] as const];
    if (gone.member && gone.children.size === 0) return [];
    const rest = removeInside(kind, value, gone, childPath(path, field));
    return isNothing(rest) ? [] : [[field, rest] as const];
  });
  return Object.fromEntries(kept);
}

function removeInside(kind: string, value: JsonValue, fields: FieldSet, path: string): JsonValue {
  if (isJsonObject(value)) return removeFields(kind, value, fields, path);
  const elements = keyedElements(kind, value, path);
  if (elements === undefined) return value;
  return [...elements].flatMap(([key, element]) => {
    const gone = fields.children.get(key);
    if (gone === undefined) return [element];
    return gone.member ? [] : [removeInside(kind, element, gone, elementPath(path))];
  });
}

function isNothing(value: JsonValue): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}
