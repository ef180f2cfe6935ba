#!/usr/bin/env node
/**
 * Writes libs/core/src/generated from k8s/base/crds/*.yaml, which are the single source of the resources' shape. With
 * `--check` it writes nothing and exits 1 when a checked-in file differs.
 */
import { readFile, readdir } from 'node:fs/promises';
import { compile } from 'json-schema-to-typescript';
import { format } from 'prettier';
import { parse } from 'yaml';
import { writeGenerated } from './generated-files.mjs';

const banner =
  '// Generated from k8s/base/crds by tools/generate-resource-types.mjs; change those files, not this one.';
const definitions = new URL('../k8s/base/crds/', import.meta.url);
const style = JSON.parse(await readFile(new URL('../.prettierrc.json', import.meta.url), 'utf8'));

/** Parts that several kinds share, or that deserve a name: where they stand, and how they are called. */
const namedParts = [
  { at: ['status', 'conditions', '[]'], name: 'EgressRuleCondition' },
  { at: ['status'], name: 'EgressRuleStatus', description: 'What became of a rule, as CES reports it.' },
  { at: ['spec', 'ports', '[]'], name: 'ExternalServicePort' },
  ...['podSelector', 'namespaceSelector'].flatMap((selector) => [
    { at: ['spec', selector, 'matchExpressions', '[]'], name: 'LabelSelectorRequirement' },
    {
      at: ['spec', selector],
      name: 'LabelSelector',
      description: 'Selects objects by their labels; all parts must hold.',
    },
  ]),
];

/** What the API server adds to every object, as far as CES reads it (Kubernetes API reference, ObjectMeta). */
const objectMeta = {
  type: 'object',
  required: ['name', 'uid', 'resourceVersion', 'generation', 'creationTimestamp'],
  properties: {
    name: { type: 'string' },
    namespace: { type: 'string', description: 'Missing on cluster-scoped kinds.' },
    uid: { type: 'string' },
    resourceVersion: { type: 'string' },
    generation: { type: 'integer', description: 'Raised by each change of the spec.' },
    creationTimestamp: { type: 'string', description: 'RFC 3339.' },
    deletionTimestamp: { type: 'string', description: 'RFC 3339; present once a deletion was asked for.' },
    labels: { type: 'object', additionalProperties: { type: 'string' } },
    annotations: { type: 'object', additionalProperties: { type: 'string' } },
    managedFields: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          manager: { type: 'string', description: 'Chosen by the client: a hint, no proof.' },
          operation: { type: 'string' },
          subresource: { type: 'string' },
          time: { type: 'string', description: 'RFC 3339.' },
        },
      },
    },
  },
};

const typeScript = (schema, name) =>
  compile(schema, name, {
    additionalProperties: false,
    bannerComment: '',
    ignoreMinAndMaxItems: true,
    style,
  });

/** The schema at a path below an object's schema, with its parent and key; undefined where the kind has no such part. */
function find(schema, path) {
  let found = { parent: undefined, key: undefined, schema };
  for (const step of path) {
    const [parent, key] = step === '[]' ? [found.schema, 'items'] : [found.schema.properties ?? {}, step];
    if (parent[key] === undefined) return undefined;
    found = { parent, key, schema: parent[key] };
  }
  return found;
}

/** Replaces a part by a reference to its name, so that the type of the whole refers to it. */
function nameIt({ parent, key, schema }, name) {
  parent[key] = { tsType: name, ...(schema.description === undefined ? {} : { description: schema.description }) };
}

async function generate() {
  const declared = new Map();
  const declare = async (name, schema, origin) => {
    const text = await typeScript(schema, name);
    const earlier = declared.get(name) ?? { text, origin };
    if (earlier.text !== text) {
      throw new Error(
        `${name} differs between ${earlier.origin} and ${origin}: make them the same, or name them apart.`,
      );
    }
    declared.set(name, earlier);
  };

  await declare('ObjectMeta', objectMeta, 'tools/generate-resource-types.mjs');
  const files = (await readdir(definitions)).filter((file) => file !== 'kustomization.yaml').sort();
  for (const file of files) {
    const { group, scope, names, versions } = parse(await readFile(new URL(file, definitions), 'utf8')).spec;
    for (const { name: version, schema } of versions) {
      const object = schema.openAPIV3Schema;
      for (const { at, name, description } of namedParts) {
        const part = find(object, at);
        if (part === undefined) continue;
        await declare(name, { ...part.schema, description: description ?? part.schema.description }, file);
        nameIt(part, name);
      }
      const spec = find(object, ['spec']);
      await declare(`${names.kind}Spec`, spec.schema, file);
      nameIt(spec, `${names.kind}Spec`);
      object.properties.apiVersion = { const: `${group}/${version}` };
      object.properties.kind = { const: names.kind };
      object.properties.metadata = {
        tsType: scope === 'Namespaced' ? 'ObjectMeta & { namespace: string }' : 'ObjectMeta',
      };
      object.required = ['apiVersion', 'kind', 'metadata', ...(object.required ?? [])];
      await declare(names.kind, object, file);
    }
  }
  const parts = [banner, ...[...declared.values()].map(({ text }) => text.trim())];
  return format(parts.join('\n\n'), { ...style, parser: 'typescript' });
}

/** The paths of all fields below `spec` and `status`: `spec.ports[].name`. */
function fieldPathsOf(schema, path) {
  if (schema.items !== undefined) return fieldPathsOf(schema.items, `${path}[]`);
  const below = Object.entries(schema.properties ?? {});
  return below.flatMap(([name, part]) => [`${path}.${name}`, ...fieldPathsOf(part, `${path}.${name}`)]);
}

async function generateFields() {
  const files = (await readdir(definitions)).filter((file) => file !== 'kustomization.yaml').sort();
  const kinds = files.map(async (file) => {
    const { names, versions } = parse(await readFile(new URL(file, definitions), 'utf8')).spec;
    const { spec, status } = versions[0].schema.openAPIV3Schema.properties;
    const fields = [...fieldPathsOf(spec, 'spec'), ...(status === undefined ? [] : fieldPathsOf(status, 'status'))];
    return `  ${names.kind}: [\n${fields.map((field) => `    '${field}',\n`).join('')}  ],\n`;
  });
  return `${banner}\n\n/** Every field of the custom resources that this version of CES knows. */
export const resourceFields = {\n${(await Promise.all(kinds)).join('')}} as const;\n`;
}

await writeGenerated([
  ['libs/core/src/generated/resources.ts', await generate()],
  ['libs/core/src/generated/resource-fields.ts', await generateFields()],
]);
