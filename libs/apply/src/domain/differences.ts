import { canonicalJson, isJsonObject, type JsonObject, type JsonValue } from '#core/json';
import { DeviceFailure } from './failures.js';

/** One place in which the device, or what AS3 stored, differs from a declaration. */
export interface DeviceDifference {
  /** Full path of the object: `/shop/Shared/NAME`. */
  readonly object: string;
  /** missing: declared, and not there · extra: there, and not declared · changed: another value. */
  readonly type: 'missing' | 'extra' | 'changed';
  /** The names that lead to it inside the object; empty where the object as a whole is meant. */
  readonly property: readonly string[];
  readonly found: JsonValue;
  readonly declared: JsonValue;
}

const types: Readonly<Record<string, DeviceDifference['type']>> = { N: 'missing', D: 'extra', E: 'changed' };

/**
 * Reads what `traceResponse` shows of a tenant: entries of the library deep-diff (`kind`, `path`, `lhs` what the device
 * has, `rhs` what it should have), the path beginning with the object's.
 * @throws DeviceFailure when AS3 shows nothing of the kind, or something that we cannot read: it might be drift.
 */
export function readDifferences(body: JsonValue, tenant: string): readonly DeviceDifference[] {
  const traces = isJsonObject(body) ? body['traces'] : undefined;
  const entries = isJsonObject(traces) ? traces[`${tenant}Diff`] : undefined;
  if (!Array.isArray(entries)) throw notUnderstood;
  return (entries as readonly JsonValue[]).map((entry) => readEntry(entry, []));
}

function readEntry(entry: JsonValue, before: readonly JsonValue[]): DeviceDifference {
  if (!isJsonObject(entry)) throw notUnderstood;
  const { kind, lhs = null, rhs = null, index = null, item = null } = entry;
  const path = Array.isArray(entry['path']) ? (entry['path'] as readonly JsonValue[]) : before;
  // A change inside of an array: the entry that changed says the rest.
  if (kind === 'A') return readEntry(item, [...path, index]);
  const type = typeof kind === 'string' ? types[kind] : undefined;
  const [object, , ...property] = path.map(String);
  if (type === undefined || object === undefined) throw notUnderstood;
  return { object, type, property, found: lhs, declared: rhs };
}

const notUnderstood = new DeviceFailure('not-understood', 'a dry run whose differences cannot be read');

/** Where the tenant that AS3 stored differs from the one that was declared, object by object; rules of policies by name. */
export function storedDifferences(
  tenant: string,
  declared: JsonObject,
  stored: JsonObject | null,
): readonly DeviceDifference[] {
  const before = membersOf(declared['Shared']);
  const now = membersOf(stored?.['Shared']);
  return [...new Set([...Object.keys(before), ...Object.keys(now)])].sort().flatMap((name) => {
    const object = `/${tenant}/Shared/${name}`;
    return differencesBetween(object, [], before[name], now[name]);
  });
}

function differencesBetween(
  object: string,
  property: readonly string[],
  declared: JsonValue | undefined,
  found: JsonValue | undefined,
): DeviceDifference[] {
  if (declared === undefined) return [{ object, type: 'extra', property, found: found ?? null, declared: null }];
  if (found === undefined) return [{ object, type: 'missing', property, found: null, declared }];
  if (canonicalJson(declared) === canonicalJson(found)) return [];
  const [left, right] = [byName(declared), byName(found)];
  if (left === null || right === null) return [{ object, type: 'changed', property, found, declared }];
  return [...new Set([...Object.keys(left), ...Object.keys(right)])]
    .sort()
    .flatMap((name) => differencesBetween(object, [...property, name], left[name], right[name]));
}

/** As AS3 compares: the members of an object, the entries of a list by their names. Null for what has no parts. */
function byName(value: JsonValue): JsonObject | null {
  if (isJsonObject(value)) return value;
  if (!Array.isArray(value)) return null;
  return Object.fromEntries((value as readonly JsonValue[]).map((entry) => [nameOf(entry), entry]));
}

function nameOf(entry: JsonValue): string {
  if (!isJsonObject(entry)) return typeof entry === 'string' ? entry : JSON.stringify(entry);
  const name = entry['use'] ?? entry['bigip'] ?? entry['name'];
  return typeof name === 'string' ? name.slice(name.lastIndexOf('/') + 1) : canonicalJson(entry);
}

function membersOf(value: JsonValue | undefined): JsonObject {
  const members = Object.entries(isJsonObject(value) ? value : {});
  return Object.fromEntries(members.filter(([, member]) => isJsonObject(member)));
}
