import { type Fields } from '#core/generated/resources';
import { isJsonObject, type JsonValue } from '#core/json';

/**
 * The fields that a kind does not have, each with its path. An API server drops them, and says so only to those who ask:
 * `prot: "443"` in place of `port` leaves every port open.
 * @param fields those that there are; null where anything may stand.
 */
export function unknownFields(value: JsonValue | undefined, fields: Fields | null, path: string): string[] {
  if (fields === null) return [];
  if (Array.isArray(value)) {
    return (value as readonly JsonValue[]).flatMap((item, index) => unknownFields(item, fields, `${path}[${index}]`));
  }
  if (!isJsonObject(value)) return [];
  return Object.entries(value).flatMap(([name, inner]) => {
    const known = Object.hasOwn(fields, name) ? fields[name] : undefined;
    return known === undefined ? [`${path}.${name}`] : unknownFields(inner, known, `${path}.${name}`);
  });
}
