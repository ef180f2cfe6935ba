#!/usr/bin/env node
/**
 * Writes test/manifests/generated/kubernetes-VERSION.json: what Kubernetes' own OpenAPI document says of the kinds that we ship, for
 * the oldest and the newest version that we support. Needs Go, which fetches Kubernetes' sources; run it when a version
 * or a kind is added. Descriptions are left out, and fields that a schema does not know are errors, as they are for
 * `kubectl apply --validate=strict`.
 */
import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const versions = { 1.29: 'v1.29.6', 1.37: 'v1.37.2' };

const kinds = [
  'v1 ConfigMap',
  'v1 Namespace',
  'v1 PersistentVolumeClaim',
  'v1 Pod',
  'v1 Secret',
  'v1 Service',
  'v1 ServiceAccount',
  'apiextensions.k8s.io/v1 CustomResourceDefinition',
  'apps/v1 Deployment',
  'apps/v1 StatefulSet',
  'batch/v1 Job',
  'discovery.k8s.io/v1 EndpointSlice',
  'networking.k8s.io/v1 NetworkPolicy',
  'policy/v1 PodDisruptionBudget',
  'rbac.authorization.k8s.io/v1 ClusterRole',
  'rbac.authorization.k8s.io/v1 ClusterRoleBinding',
  'rbac.authorization.k8s.io/v1 Role',
  'rbac.authorization.k8s.io/v1 RoleBinding',
];

const folder = new URL('../test/manifests/generated/', import.meta.url);

async function openApiDocument(version) {
  const { stdout } = await promisify(execFile)('go', ['mod', 'download', '-json', `k8s.io/kubernetes@${version}`]);
  return JSON.parse(await readFile(`${JSON.parse(stdout).Dir}/api/openapi-spec/swagger.json`, 'utf8'));
}

/** What is kept of a schema, in the words of JSON Schema. */
function reduced(schema) {
  if (schema.$ref !== undefined) return { $ref: schema.$ref };
  // A Quantity, too, may be written as a number.
  if (schema.format === 'int-or-string' || schema.description?.startsWith('Quantity is a fixed-point')) {
    return { type: ['string', 'number'] };
  }
  const { type, required, enum: values, properties, items, additionalProperties } = schema;
  const map = (parts) => Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, reduced(part)]));
  return {
    ...(type === undefined ? {} : { type }),
    ...(required === undefined ? {} : { required }),
    ...(values === undefined ? {} : { enum: values }),
    ...(items === undefined ? {} : { items: reduced(items) }),
    ...(properties === undefined ? {} : { properties: map(properties), additionalProperties: false }),
    ...(typeof additionalProperties === 'object' ? { additionalProperties: reduced(additionalProperties) } : {}),
  };
}

function referencesIn(schema) {
  if (typeof schema !== 'object' || schema === null) return [];
  if (typeof schema.$ref === 'string') return [schema.$ref.replace('#/definitions/', '')];
  return Object.values(schema).flatMap(referencesIn);
}

function select(document) {
  const byKind = new Map();
  for (const [name, definition] of Object.entries(document.definitions)) {
    for (const { group, version, kind } of definition['x-kubernetes-group-version-kind'] ?? []) {
      byKind.set(`${group === '' ? '' : `${group}/`}${version} ${kind}`, name);
    }
  }
  const definitions = new Map();
  const take = (name) => {
    if (definitions.has(name)) return;
    const schema = reduced(document.definitions[name]);
    definitions.set(name, schema);
    referencesIn(schema).forEach(take);
  };
  const roots = kinds.map((kind) => [kind, byKind.get(kind)]);
  roots.forEach(([, name]) => take(name));
  return { kinds: Object.fromEntries(roots), definitions: Object.fromEntries([...definitions].sort()) };
}

/** One definition a line, so that a difference can be read. */
function print({ kinds: roots, definitions }) {
  const lines = (object) =>
    Object.entries(object).map(([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value)}`);
  return `{"kinds": {\n${lines(roots).join(',\n')}\n}, "definitions": {\n${lines(definitions).join(',\n')}\n}}\n`;
}

await mkdir(folder, { recursive: true });
for (const [name, version] of Object.entries(versions)) {
  await writeFile(new URL(`kubernetes-${name}.json`, folder), print(select(await openApiDocument(version))));
}
