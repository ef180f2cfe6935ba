import { isJsonObject, type JsonObject, type JsonValue } from '#core/json';
import { pathOf } from './names.js';
import { type NamedObject } from './object-table.js';
import { isPolicy, isRuleList, type Objects } from './objects.js';
import { entriesOf, entryName, refersToRuleList } from './policy-entries.js';
import { type StoredTenant } from './stored-tenant.js';

/** Which names there are. */
interface Named {
  has(name: string): boolean;
}

/**
 * When AS3 deletes a rule list it first empties the sources and destinations of its rules: while a policy still refers
 * to it, an accept in it matches everything (as3.md, opening 1). So rule lists leave their policies in one declaration
 * and are deleted in a later one. This gives the objects that the first of the two must still hold; none when one
 * declaration is enough, because no stored policy refers to a rule list that is to go.
 * @param held what AS3 holds.
 * @param wanted what shall stay in the end.
 */
export function objectsToKeepForNow(held: Objects, wanted: Named, tenant: string): Objects {
  const kept = new Map<string, JsonObject>();
  const going = [...held].filter(([name, object]) => isRuleList(object) && !wanted.has(name)).map(([name]) => name);
  if (going.length === 0) return kept;
  const referred = new Set([...held.values()].filter(isPolicy).flatMap(referredLists));
  if (!going.some((name) => referred.has(name))) return kept;
  const keep = (name: string) => {
    const object = held.get(name);
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
 * @param others what others have in the tenant, and we leave untouched.
 */
export function emptiedLists(
  stored: StoredTenant,
  others: readonly NamedObject[],
  wanted: Named,
  denyAllList: string,
): NamedObject[] {
  const policies = others.map(({ object }) => object).filter(isPolicy);
  const referred = policies.flatMap(referredLists);
  const dangling = referred.filter((name) => !wanted.has(name) && isRuleList(stored.object(name)));
  const empty: JsonObject = { class: 'Firewall_Rule_List', rules: [] };
  return [...new Set(dangling)].map((name) => ({
    name,
    object: name === denyAllList ? (stored.object(name) ?? empty) : empty,
  }));
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
