import { isDeepStrictEqual } from 'node:util';
import { canonicalJson, isJsonObject, type JsonObject, type JsonValue } from '#core/json';
import { childPath, elementPath, listMerge } from './list-keys.js';

/** A set of field paths as a tree; the elements are those of fieldsV1: `f:NAME`, `k:{KEYS}`, `v:VALUE`. */
export interface FieldSet {
  /** Whether the path that ends here is in the set. */
  readonly member: boolean;
  readonly children: ReadonlyMap<string, FieldSet>;
}

export const noFields: FieldSet = { member: false, children: new Map() };
const leaf: FieldSet = { member: true, children: new Map() };

export const isEmpty = (set: FieldSet): boolean => !set.member && set.children.size === 0;

export const union = (one: FieldSet, other: FieldSet): FieldSet => combine(one, other, (a, b) => a || b);
export const subtract = (one: FieldSet, other: FieldSet): FieldSet => combine(one, other, (a, b) => a && !b);
export const intersect = (one: FieldSet, other: FieldSet): FieldSet => combine(one, other, (a, b) => a && b);

function combine(one: FieldSet, other: FieldSet, keep: (inOne: boolean, inOther: boolean) => boolean): FieldSet {
  const children = new Map<string, FieldSet>();
  for (const element of new Set([...one.children.keys(), ...other.children.keys()])) {
    const child = combine(one.children.get(element) ?? noFields, other.children.get(element) ?? noFields, keep);
    if (!isEmpty(child)) children.set(element, child);
  }
  return { member: keep(one.member, other.member), children };
}

/** As kube-apiserver writes it in managedFields. */
export function toFieldsV1(set: FieldSet): JsonObject {
  if (set.children.size === 0) return {};
  const children: JsonObject = Object.fromEntries([...set.children].map(([key, child]) => [key, toFieldsV1(child)]));
  return set.member ? { '.': {}, ...children } : children;
}

export function fromFieldsV1(fields: JsonObject): FieldSet {
  const entries = Object.entries(fields);
  if (entries.length === 0) return leaf;
  const children = entries
    .filter(([element]) => element !== '.')
    .map(([element, child]) => [element, fromFieldsV1(isJsonObject(child) ? child : {})] as const);
  return { member: '.' in fields, children: new Map(children) };
}

const unmanagedMeta = new Set([
  'name',
  'namespace',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'managedFields',
]);

/** The part of an object whose fields have managers: everything but its identity and what the server keeps. */
export function managedPart({ apiVersion: _version, kind: _kind, metadata, ...content }: JsonObject): JsonObject {
  const meta = Object.entries(isJsonObject(metadata) ? metadata : {}).filter(([field]) => !unmanagedMeta.has(field));
  return meta.length === 0 ? content : { metadata: Object.fromEntries(meta), ...content };
}

/** The fields that an object has; maps of strings and elements of lists are members beside what is in them. */
export function fieldsOf(kind: string, value: JsonValue, path = ''): FieldSet {
  if (isJsonObject(value)) {
    const entries = Object.entries(value);
    if (entries.length === 0) return leaf;
    const children = entries.map(
      ([field, child]) => [`f:${field}`, fieldsOf(kind, child, childPath(path, field))] as const,
    );
    return { member: isMapOfStrings(path), children: new Map(children) };
  }
  const elements = keyedElements(kind, value, path);
  if (elements === undefined || elements.size === 0) return leaf;
  const children = [...elements].map(([key, element]) => {
    const { children: inside } = fieldsOf(kind, element, elementPath(path));
    return [key, { member: true, children: isJsonObject(element) ? inside : new Map<string, FieldSet>() }] as const;
  });
  return { member: false, children: new Map(children) };
}

/** The fields of `after` that `before` lacks or has with another value. */
export function changedFields(kind: string, before: JsonValue | undefined, after: JsonValue, path = ''): FieldSet {
  if (before === undefined) return fieldsOf(kind, after, path);
  if (isDeepStrictEqual(before, after)) return noFields;
  if (isJsonObject(before) && isJsonObject(after)) {
    const children = Object.entries(after).map(
      ([field, child]) => [`f:${field}`, changedFields(kind, before[field], child, childPath(path, field))] as const,
    );
    return { member: false, children: new Map(children.filter(([, child]) => !isEmpty(child))) };
  }
  const earlier = keyedElements(kind, before, path);
  const later = keyedElements(kind, after, path);
  if (earlier === undefined || later === undefined) return fieldsOf(kind, after, path);
  const children = [...later].map(([key, element]) => {
    const old = earlier.get(key);
    const changed = changedFields(kind, old, element, elementPath(path));
    return [key, old === undefined ? { ...changed, member: true } : changed] as const;
  });
  return { member: false, children: new Map(children.filter(([, child]) => !isEmpty(child))) };
}

/** The fields of `before` that `after` lacks. */
export function goneFields(kind: string, before: JsonValue, after: JsonValue, path = ''): FieldSet {
  if (before === after) return noFields;
  const earlier = isJsonObject(before) ? fieldElements(before) : keyedElements(kind, before, path);
  const later = isJsonObject(after) ? fieldElements(after) : keyedElements(kind, after, path);
  if (earlier === undefined || later === undefined) return noFields;
  const children = [...earlier].map(([key, element]) => {
    const inside = isJsonObject(before) ? childPath(path, key.slice(2)) : elementPath(path);
    const found = later.get(key);
    if (found !== undefined) return [key, goneFields(kind, element, found, inside)] as const;
    return [key, { ...fieldsOf(kind, element, inside), member: true }] as const;
  });
  return { member: false, children: new Map(children.filter(([, child]) => !isEmpty(child))) };
}

const fieldElements = (object: JsonObject): Map<string, JsonValue> =>
  new Map(Object.entries(object).map(([field, value]) => [`f:${field}`, value]));

/** Whether a set in the form of managedFields holds any field of another set. */
export function touches(fields: JsonObject, set: FieldSet): boolean {
  return [...set.children].some(([element, child]) => {
    const found = fields[element];
    if (!isJsonObject(found)) return false;
    return (child.member && ('.' in found || Object.keys(found).length === 0)) || touches(found, child);
  });
}

/** The elements of a list that is merged by key or as a set, by their path element; undefined for other values. */
export function keyedElements(kind: string, value: JsonValue, path: string): Map<string, JsonValue> | undefined {
  if (!Array.isArray(value)) return undefined;
  const list: readonly JsonValue[] = value;
  const how = listMerge(kind, path);
  switch (how.merge) {
    case 'whole':
      return undefined;
    case 'set':
      return new Map(list.map((element) => [`v:${JSON.stringify(element)}`, element]));
    case 'by-key':
      return new Map(list.map((element) => [keyOf(element, how.applyKeys), element]));
  }
}

function keyOf(element: JsonValue, keys: readonly string[]): string {
  const members = isJsonObject(element) ? element : {};
  const key: JsonObject = Object.fromEntries(
    keys.map((name) => [name, members[name] ?? (name === 'protocol' ? 'TCP' : null)]),
  );
  return `k:${canonicalJson(key)}`;
}

function isMapOfStrings(path: string): boolean {
  return path === 'metadata.labels' || path === 'metadata.annotations';
}

/** The paths of a set in the words of an error message: `.spec.containers[name="web"].image`. */
export function describe(set: FieldSet, path = ''): readonly string[] {
  const here = set.member && set.children.size === 0 ? [path] : [];
  return [...set.children].reduce<readonly string[]>(
    (paths, [element, child]) => [...paths, ...describe(child, path + describeElement(element))],
    here,
  );
}

function describeElement(element: string): string {
  const rest = element.slice(2);
  if (element.startsWith('f:')) return `.${rest}`;
  if (element.startsWith('v:')) return `[=${rest}]`;
  const keys: unknown = JSON.parse(rest);
  const pairs = Object.entries(keys ?? {}).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return `[${pairs.join(',')}]`;
}
