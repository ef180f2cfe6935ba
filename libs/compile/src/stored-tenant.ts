import { isJsonObject, type JsonObject } from '#core/json';

/** A tenant as AS3 stored it, taken apart. */
export interface StoredTenant {
  /** What others may have set on the tenant, and their applications. */
  readonly others: JsonObject;
  /** Settings of the Shared application that are no objects. */
  readonly settings: JsonObject;
  /** The objects in the Shared application. */
  readonly objects: ReadonlyMap<string, JsonObject>;
}

/** What we write ourselves, and what belongs to a single request. */
const ownMembers: ReadonlySet<string> = new Set([
  ...['class', 'label', 'optimisticLockKey', 'Shared', 'useCommonRouteDomainTenant'],
]);

export function storedTenant(body: JsonObject | null): StoredTenant {
  const shared = body?.['Shared'];
  const members = Object.entries(isJsonObject(shared) ? shared : {});
  return {
    others: Object.fromEntries(Object.entries(body ?? {}).filter(([name]) => !ownMembers.has(name))),
    settings: Object.fromEntries(
      members.filter(([name, value]) => !isJsonObject(value) && name !== 'class' && name !== 'template'),
    ),
    objects: new Map(members.flatMap(([name, value]) => (isJsonObject(value) ? [[name, value] as const] : []))),
  };
}
