import { canonicalJson, isJsonObject, type JsonObject, type JsonValue } from '#core/json';
import { type Configuration, type ConfigurationItem } from './configuration.js';

/** One difference as AS3's traces show it: N is new, D deleted, E edited. */
export interface Difference {
  readonly kind: 'N' | 'D' | 'E';
  /** Path of the object, then, for a difference inside it, `properties` and the names that lead there. */
  readonly path: readonly string[];
  readonly lhs?: JsonValue;
  readonly rhs?: JsonValue;
  readonly command: string;
}

/** What is different about one object. */
export interface ObjectChange {
  readonly key: string;
  readonly command: string;
  readonly path: string;
  readonly change: 'create' | 'modify' | 'delete';
  /** Something is new: the object itself, or an entry inside it. AS3 does these in its first pass over Common. */
  readonly adds: boolean;
  readonly differences: () => readonly Difference[];
}

/** By object, in the order in which AS3 finds them: first what the device has, then what it lacks. */
export function compareConfigurations(current: Configuration, desired: Configuration): ObjectChange[] {
  const known = [...current].flatMap(([key, item]) => {
    const wanted = desired.get(key);
    return wanted ? modified(key, item, wanted) : [removed(key, item)];
  });
  const added = [...desired].flatMap(([key, item]) => (current.has(key) ? [] : [created(key, item)]));
  return [...known, ...added];
}

function created(key: string, { command, path, properties }: ConfigurationItem): ObjectChange {
  const differences = (): Difference[] => [
    { kind: 'N', path: [path], rhs: { command, properties: properties() }, command },
  ];
  return { key, command, path, change: 'create', adds: true, differences };
}

function removed(key: string, { command, path, properties }: ConfigurationItem): ObjectChange {
  const differences = (): Difference[] => [
    { kind: 'D', path: [path], lhs: { command, properties: properties() }, command },
  ];
  return { key, command, path, change: 'delete', adds: false, differences };
}

function modified(key: string, current: ConfigurationItem, desired: ConfigurationItem): ObjectChange[] {
  if (current.text === desired.text) return [];
  const differences = compareItems(current, desired);
  if (differences.length === 0) return [];
  const { command, path } = current;
  const adds = differences.some(({ kind }) => kind === 'N');
  return [{ key, command, path, change: 'modify', adds, differences: () => differences }];
}

function compareItems(current: ConfigurationItem, desired: ConfigurationItem): Difference[] {
  const found: Difference[] = [];
  const ignored = new Set(desired.ignore);
  const members = (item: ConfigurationItem): JsonObject =>
    Object.fromEntries(Object.entries(item.properties()).filter(([name]) => !ignored.has(name)));
  compareMembers(members(current), members(desired), [current.path, 'properties'], current.command, found);
  return found;
}

function compareMembers(
  current: JsonObject,
  desired: JsonObject,
  path: readonly string[],
  command: string,
  found: Difference[],
): void {
  for (const name of new Set([...Object.keys(current), ...Object.keys(desired)])) {
    compareValues(current[name], desired[name], [...path, name], command, found);
  }
}

function compareValues(
  lhs: JsonValue | undefined,
  rhs: JsonValue | undefined,
  path: readonly string[],
  command: string,
  found: Difference[],
): void {
  if (lhs === undefined && rhs !== undefined) found.push({ kind: 'N', path, rhs, command });
  else if (lhs !== undefined && rhs === undefined) found.push({ kind: 'D', path, lhs, command });
  else if (isJsonObject(lhs) && isJsonObject(rhs)) compareMembers(lhs, rhs, path, command, found);
  else if (lhs !== undefined && rhs !== undefined && canonicalJson(lhs) !== canonicalJson(rhs)) {
    found.push({ kind: 'E', path, lhs, rhs, command });
  }
}
