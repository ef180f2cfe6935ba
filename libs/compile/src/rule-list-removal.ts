import { isJsonObject, type JsonObject, type JsonValue } from '#core/json';
import { pathOf } from './names.js';
import { entriesOf, entryName, refersToRuleList } from './policy-entries.js';

type Objects = ReadonlyMap<string, JsonObject>;

/**
 * When AS3 deletes a rule list it first empties the sources and destinations of its rules: while a policy still refers
 * to it, an accept in it matches everything (as3.md, opening 1). So rule lists leave their policies in one declaration
 * and are deleted in a later one. This gives the objects that the first of the two must still hold; none when one
 * declaration is enough, because no stored policy refers to a rule list that is to go.
 * @param stored what AS3 holds.
 * @param wanted what shall stay in the end.
 */
export function objectsToKeepForNow(stored: Objects, wanted: Objects, tenant: string): Map<string, JsonObject> {
  const going = [...stored].filter(([name, object]) => isRuleList(object) && !wanted.has(name)).map(([name]) => name);
  const referred = new Set([...stored.values()].filter(isPolicy).flatMap((policy) => referredLists(policy)));
  if (!going.some((name) => referred.has(name))) return new Map();
  const kept = new Map<string, JsonObject>();
  const keep = (name: string) => {
    const object = stored.get(name);
    if (object === undefined || wanted.has(name) || kept.has(name)) return;
    kept.set(name, object);
    pointersIn(object, tenant).forEach(keep);
  };
  going.forEach(keep);
  return kept;
}

/**
 * Our rule lists that policies of others still refer to. They cannot be deleted (the pointer would dangle), but nothing
 * asks for their rules any more: they stay, empty. The deny-all list stays as it is: empty it would open that policy.
 */
export function emptiedLists(
  stored: Objects,
  wanted: Objects,
  isOurs: (name: string) => boolean,
  denyAllList: string,
): Map<string, JsonObject> {
  const referred = [...wanted.values()].filter(isPolicy).flatMap((policy) => referredLists(policy));
  const dangling = referred.filter((name) => !wanted.has(name) && isOurs(name) && isRuleList(stored.get(name)));
  const empty: JsonObject = { class: 'Firewall_Rule_List', rules: [] };
  return new Map(dangling.map((name) => [name, name === denyAllList ? (stored.get(name) ?? empty) : empty]));
}

export function isPolicy(object: JsonObject | undefined): boolean {
  return object?.['class'] === 'Firewall_Policy';
}

function isRuleList(object: JsonObject | undefined): boolean {
  return object?.['class'] === 'Firewall_Rule_List';
}

function referredLists(policy: JsonObject): string[] {
  return entriesOf(policy).filter(refersToRuleList).map(entryName);
}

/** Names of the objects in the same Shared application that a value points to. */
function pointersIn(value: JsonValue, tenant: string): string[] {
  if (Array.isArray(value)) return (value as readonly JsonValue[]).flatMap((member) => pointersIn(member, tenant));
  if (!isJsonObject(value)) return [];
  return Object.entries(value).flatMap(([key, member]) => {
    if (key !== 'use' || typeof member !== 'string') return pointersIn(member, tenant);
    const prefix = pathOf(tenant, '');
    return member.startsWith(prefix) ? [member.slice(prefix.length)] : member.includes('/') ? [] : [member];
  });
}
