import { type JsonObject } from '#core/json';
import { type Draft, type ManagedFields } from '../objects/kube-object.js';
import {
  changedFields,
  fromFieldsV1,
  goneFields,
  isEmpty,
  managedPart,
  subtract,
  toFieldsV1,
  touches,
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

function withoutFields(entry: ManagedFields, lost: FieldSet): readonly ManagedFields[] {
  return touches(entry.fieldsV1, lost) ? withFields(entry, subtract(ownedBy(entry), lost), entry.time) : [entry];
}

function newEntry(manager: Manager, fields: FieldSet, time: string): ManagedFields {
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
  after: Draft,
  manager: Manager,
  time: string,
): readonly ManagedFields[] {
  const earlier = before === undefined ? {} : managedPart(before);
  const later = managedPart(after);
  const changed = changedFields(after.kind, earlier, later);
  const gone = goneFields(after.kind, earlier, later);
  const mine = entries.find((entry) => isSame(entry, manager));
  const others = entries
    .filter((entry) => entry !== mine)
    .flatMap((entry) => withoutFields(entry, union(changed, gone)));
  if (mine === undefined) return isEmpty(changed) ? others : [...others, newEntry(manager, changed, time)];
  return [...others, ...withFields(mine, union(subtract(ownedBy(mine), gone), changed), time)];
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
  const others = entries.filter((entry) => entry !== mine).flatMap((entry) => withoutFields(entry, taken));
  if (mine === undefined) return [...others, newEntry(manager, applied, time)];
  return [...others, ...withFields(mine, applied, time)];
}

/** The entry of a manager's earlier applies. */
export function appliedBefore(entries: readonly ManagedFields[], manager: Manager): ManagedFields | undefined {
  return entries.find((entry) => isSame(entry, manager));
}
