import { isJsonObject, type JsonObject, type JsonValue } from '#core/json';

/**
 * The fields below `spec` and `status` (`spec.ports[].name`) of each kind of a group and version, from the document that
 * the API server gives under `/openapi/v3/apis/GROUP/VERSION`. Kinds that it does not serve are absent.
 */
export function servedFields(document: JsonValue, kinds: readonly string[]): ReadonlyMap<string, ReadonlySet<string>> {
  const schemas = Object.values(objectAt(objectAt(document, 'components'), 'schemas'));
  const found = new Map<string, ReadonlySet<string>>();
  for (const schema of schemas) {
    const kind = kindOf(schema);
    if (kind === null || !kinds.includes(kind)) continue;
    const properties = objectAt(schema, 'properties');
    found.set(kind, new Set(['spec', 'status'].flatMap((part) => [...fieldsBelow(objectAt(properties, part), part)])));
  }
  return found;
}

function kindOf(schema: JsonValue): string | null {
  const named = isJsonObject(schema) ? schema['x-kubernetes-group-version-kind'] : undefined;
  const [first] = Array.isArray(named) ? (named as readonly JsonValue[]) : [];
  const kind = isJsonObject(first) ? first['kind'] : undefined;
  return typeof kind === 'string' ? kind : null;
}

function* fieldsBelow(schema: JsonObject, path: string): Generator<string> {
  if (isJsonObject(schema['items'])) {
    yield* fieldsBelow(schema['items'], `${path}[]`);
    return;
  }
  for (const [name, part] of Object.entries(objectAt(schema, 'properties'))) {
    yield `${path}.${name}`;
    if (isJsonObject(part)) yield* fieldsBelow(part, `${path}.${name}`);
  }
}

function objectAt(value: JsonValue | undefined, key: string): JsonObject {
  const found = isJsonObject(value) ? value[key] : undefined;
  return isJsonObject(found) ? found : {};
}
