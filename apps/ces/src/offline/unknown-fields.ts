import { resourceFields } from '#core/generated/resource-fields';
import { isJsonObject, type JsonValue } from '#core/json';

const fieldsByKind: Readonly<Record<string, readonly string[]>> = resourceFields;

/**
 * The fields of a spec that its kind does not have, each with its path; none for kinds that are not ours. An API server
 * drops them, and says so only to those who ask: `prot: "443"` in place of `port` leaves every port open.
 */
export function unknownFields(kind: string, spec: JsonValue | undefined): string[] {
  const fields = Object.hasOwn(fieldsByKind, kind) ? (fieldsByKind[kind] ?? []) : [];
  return unknownBelow(spec, fields, 'spec', 'spec');
}

/** @param path as the fields are listed, without the numbers that tell a list's items apart in `place`. */
function unknownBelow(value: JsonValue | undefined, fields: readonly string[], path: string, place: string): string[] {
  if (Array.isArray(value)) {
    return (value as readonly JsonValue[]).flatMap((item, index) =>
      unknownBelow(item, fields, `${path}[]`, `${place}[${index}]`),
    );
  }
  // Where no field is listed, anything may stand.
  if (!isJsonObject(value) || !fields.some((field) => field.startsWith(`${path}.`))) return [];
  return Object.entries(value).flatMap(([name, inner]) => {
    const [below, there] = [`${path}.${name}`, `${place}.${name}`];
    return fields.includes(below) ? unknownBelow(inner, fields, below, there) : [there];
  });
}
