import { type JsonObject } from '#core/json';
import { type ManagedFields } from '../objects/kube-object.js';
import {
  changedFields,
  fieldsOf,
  fromFieldsV1,
  intersect,
  isEmpty,
  managedPart,
  subtract,
  toFieldsV1,
  union,
  type FieldSet,
} from './field-set.js';

/** Who makes a change, as managedFields records it. */
export interface Manager {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  /** Empty for the object itself. */
  readonly subresource: string;
}

const longestName = 128;

/** The manager's name: `fieldManager` of the request, or the client's name in its user agent. */
export function managerName(fieldManager: string | undefined, userAgent: string | undefined): string {
  if (fieldManager !== undefined && fieldManager !== '') return fieldManager;
  const client = (userAgent ?? '').split('/')[0] ?? '';
  return client.replace(/[^\x20-\x7e]/g, '').slice(0, longestName) || 'unknown';
}

const isSame = (entry: ManagedFields, manager: Manager): boolean =>
  entry.manager === manager.manager &&
  entry.operation === manager.operation &&
  entry.apiVersion === manager.apiVersion &&
  (entry.subresource ?? '') === manager.subresource;

/** The entry with another set of fields; the same entry when the set is the same; none when it is empty. */
function withFields(entry: ManagedFields, fields: FieldSet, time: string): readonly ManagedFields[] {
  if (isEmpty(fields)) return [];
  const unchanged = isEmpty(subtract(fields, ownedBy(entry))) && isEmpty(subtract(ownedBy(entry), fields));
  return [unchanged ? entry : { ...entry, time, fieldsV1: toFieldsV1(fields) }];
}

export function newEntry(manager: Manager, fields: FieldSet, time: string): ManagedFields {
  const { subresource, ...rest } = manager;
  return {
    ...rest,
    time,
    fieldsType: 'FieldsV1',
    fieldsV1: toFieldsV1(fields),
    ...(subresource === '' ? {} : { subresource }),
  };
}

export const ownedBy = (entry: ManagedFields): FieldSet => fromFieldsV1(entry.fieldsV1);

/** The entries after an update: the manager owns what it changed, and nobody owns what is gone. */
export function afterUpdate(
  entries: readonly ManagedFields[],
  before: JsonObject | undefined,
  after: JsonObject,
  manager: Manager,
  time: string,
): readonly ManagedFields[] {
  const { kind } = after;
  const kindName = typeof kind === 'string' ? kind : '';
  const present = fieldsOf(kindName, managedPart(after));
  const changed = changedFields(kindName, before === undefined ? {} : managedPart(before), managedPart(after));
  if (before !== undefined && isEmpty(changed) && isEmpty(subtract(fieldsOf(kindName, managedPart(before)), present))) {
    return entries;
  }
  const mine = entries.find((entry) => isSame(entry, manager));
  const others = entries
    .filter((entry) => entry !== mine)
    .flatMap((entry) => withFields(entry, subtract(intersect(ownedBy(entry), present), changed), entry.time));
  if (mine === undefined) return isEmpty(changed) ? others : [...others, newEntry(manager, changed, time)];
  return [...others, ...withFields(mine, union(intersect(ownedBy(mine), present), changed), time)];
}

/** The entries after a server-side apply of `applied`; `taken` was taken from other managers by force. */
export function afterApply(
  entries: readonly ManagedFields[],
  applied: FieldSet,
  taken: FieldSet,
  manager: Manager,
  time: string,
): readonly ManagedFields[] {
  const mine = entries.find((entry) => isSame(entry, manager));
  const others = entries
    .filter((entry) => entry !== mine)
    .flatMap((entry) => withFields(entry, subtract(ownedBy(entry), taken), entry.time));
  if (mine === undefined) return [...others, newEntry(manager, applied, time)];
  return [...others, ...withFields(mine, applied, time)];
}

/** The entry of a manager's earlier applies. */
export function appliedBefore(entries: readonly ManagedFields[], manager: Manager): ManagedFields | undefined {
  return entries.find((entry) => isSame(entry, manager));
}
