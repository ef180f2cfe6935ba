import { isJsonObject, type JsonObject, type JsonValue } from '#core/json';
import { type Objects } from './objects.js';

/** A tenant as AS3 stored it, taken apart. */
export interface StoredTenant {
  /** What others may have set on the tenant, and their applications. */
  readonly around: JsonObject;
  /** Settings of the Shared application that are no objects. */
  readonly settings: JsonObject;
  /** The objects of others in the Shared application. */
  readonly others: Objects;
  /** The names of ours. */
  readonly ours: readonly string[];
  /** Any object in the Shared application. */
  object(name: string): JsonObject | undefined;
}

/** What we write ourselves, and what belongs to a single request. */
const ownMembers: ReadonlySet<string> = new Set([
  ...['class', 'label', 'optimisticLockKey', 'Shared', 'useCommonRouteDomainTenant'],
]);

export function storedTenant(body: JsonObject | null, isOurs: (name: string) => boolean): StoredTenant {
  const around = Object.entries(body ?? {}).filter(([name]) => !ownMembers.has(name));
  const member = body?.['Shared'];
  const shared = isJsonObject(member) ? member : {};
  const others = new Map<string, JsonObject>();
  const settings: Record<string, JsonValue> = {};
  const ours: string[] = [];
  for (const name of Object.keys(shared)) {
    if (isOurs(name)) ours.push(name);
    else {
      const value = shared[name];
      if (isJsonObject(value)) others.set(name, value);
      else if (value !== undefined && name !== 'class' && name !== 'template') settings[name] = value;
    }
  }
  const object = (name: string) => {
    const value = Object.hasOwn(shared, name) ? shared[name] : undefined;
    return isJsonObject(value) ? value : undefined;
  };
  return { around: Object.fromEntries(around), settings, others, ours, object };
}

/** All objects of the Shared application. */
export function heldObjects(stored: StoredTenant): Objects {
  const ours = stored.ours.flatMap((name) => {
    const object = stored.object(name);
    return object === undefined ? [] : [[name, object] as const];
  });
  return new Map([...stored.others, ...ours]);
}
