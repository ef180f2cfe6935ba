import { resourceFields } from '#core/generated/resource-fields';
import { type JsonObject } from '#core/json';
import { apiVersionOf, type ApiResource } from '../kinds/api-resource.js';
import { resources } from '../kinds/catalogue.js';

const groupPath = ({ group, version }: ApiResource): string =>
  group === '' ? `api/${version}` : `apis/${group}/${version}`;

/**
 * As much of /openapi/v3 as kubectl needs to know that this server checks fields itself (`fieldValidation`), so that
 * `kubectl apply` asks for no schema, and the names of the custom resources' fields. Undefined for any other path.
 */
export function openApiDocument(path: string): JsonObject | undefined {
  const prefix = '/openapi/v3';
  if (path === prefix) {
    const paths: JsonObject = Object.fromEntries(
      resources.map((resource) => [groupPath(resource), { serverRelativeURL: `${prefix}/${groupPath(resource)}` }]),
    );
    return { paths };
  }
  if (!path.startsWith(`${prefix}/`)) return undefined;
  const asked = path.slice(prefix.length + 1);
  const found = resources.filter((resource) => groupPath(resource) === asked);
  const [first] = found;
  if (first === undefined) return undefined;
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes simulator', version: apiVersionOf(first) },
    paths: Object.fromEntries(found.map((resource) => [itemPath(resource), { patch: patchOperation(resource) }])),
    components: { schemas: Object.fromEntries(found.filter(({ custom }) => custom).map(schemaOf)) },
  };
}

/** Of the fields of a custom resource, their names alone. */
function schemaOf({ group, version, kind }: ApiResource): [string, JsonObject] {
  const paths = Object.entries(resourceFields).find(([name]) => name === kind)?.[1] ?? [];
  return [
    [...group.split('.').reverse(), version, kind].join('.'),
    { ...schemaOfFields(paths), 'x-kubernetes-group-version-kind': [{ group, version, kind }] },
  ];
}

/** `['spec.ports', 'spec.ports[].name']` → an object with an array of objects. */
function schemaOfFields(paths: readonly string[]): JsonObject {
  const names = [...new Set(paths.map((path) => /^[^.[]+/.exec(path)?.[0] ?? path))];
  const properties = names.map((name) => {
    const below = paths.filter((path) => path.startsWith(name)).map((path) => path.slice(name.length));
    const items = below.filter((path) => path.startsWith('[].')).map((path) => path.slice(3));
    if (items.length > 0) return [name, { type: 'array', items: schemaOfFields(items) }] as const;
    const fields = below.filter((path) => path.startsWith('.')).map((path) => path.slice(1));
    return [name, fields.length > 0 ? schemaOfFields(fields) : {}] as const;
  });
  return { type: 'object', properties: Object.fromEntries(properties) };
}

function itemPath(resource: ApiResource): string {
  return `/${groupPath(resource)}/${resource.namespaced ? 'namespaces/{namespace}/' : ''}${resource.plural}/{name}`;
}

function patchOperation({ group, version, kind }: ApiResource): JsonObject {
  const parameters = ['dryRun', 'fieldManager', 'fieldValidation'].map((name) => ({ name, in: 'query' }));
  return {
    parameters,
    responses: { 200: { description: 'OK' } },
    'x-kubernetes-group-version-kind': { group, version, kind },
  };
}
