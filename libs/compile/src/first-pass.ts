import { canonicalJson, isJsonObject, type JsonObject, type JsonValue } from '#core/json';
import { sameJson } from '#core/same-json';
import { type Objects } from './objects.js';
import { entryName } from './policy-entries.js';

const firewallClasses: readonly (JsonValue | undefined)[] = [
  'Firewall_Policy',
  'Firewall_Rule_List',
  'Firewall_Address_List',
  'Firewall_Port_List',
];

export function isOfFirewall(object: JsonObject | undefined): boolean {
  return firewallClasses.includes(object?.['class']);
}

/** Whether an object stands there before and after, with the same content. */
export function isSame(name: string, held: Objects, wanted: Objects): boolean {
  const [before, after] = [held.get(name), wanted.get(name)];
  return before !== undefined && after !== undefined && (before === after || sameJson(before, after));
}

/**
 * What Common holds between AS3's two transactions: in the first it makes what is new, and makes anew every object to
 * which something is added that has a name (an address, a rule, a reference); all other changes and deletions are left to
 * the second (tmshUpdateScript in AS3's fetch.js: `firstPassNoDelete` lets pass differences of the kind N).
 */
export function afterFirstPass(held: Objects, wanted: Objects): Objects {
  const between = new Map(held);
  for (const [name, object] of wanted) {
    const before = between.get(name);
    if (before === undefined || adds(before, object)) between.set(name, object);
  }
  return between;
}

/**
 * The body of Common that the device holds when the second transaction is refused. AS3 goes on to store the one before.
 * @param held what AS3 stored before, null on first contact.
 */
export function bodyAfterFirstPass(held: JsonObject | null, wanted: JsonObject): JsonObject {
  const between = afterFirstPass(objectsIn(held), objectsIn(wanted));
  return { ...wanted, ...held, Shared: { ...sharedIn(wanted), ...sharedIn(held), ...Object.fromEntries(between) } };
}

function objectsIn(body: JsonObject | null): Objects {
  return new Map(
    Object.entries(sharedIn(body)).flatMap(([name, item]) => (isJsonObject(item) ? [[name, item] as const] : [])),
  );
}

function sharedIn(body: JsonObject | null): JsonObject {
  const shared = body?.['Shared'];
  return isJsonObject(shared) ? shared : {};
}

function adds(before: JsonObject, after: JsonObject): boolean {
  if (before === after || sameJson(before, after)) return false;
  const known = new Set(namedParts(before, ''));
  return namedParts(after, '').some((part) => !known.has(part));
}

function namedParts(value: JsonValue | undefined, path: string): string[] {
  if (Array.isArray(value)) {
    return (value as readonly JsonValue[]).flatMap((member) => {
      const name = `${path}/${isJsonObject(member) ? entryName(member) : canonicalJson(member)}`;
      return [name, ...namedParts(member, name)];
    });
  }
  if (!isJsonObject(value)) return [];
  return Object.entries(value).flatMap(([key, member]) => namedParts(member, `${path}/${key}`));
}
