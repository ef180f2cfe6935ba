import { readdirSync, readFileSync } from 'node:fs';
import { Environment } from '@marcbachmann/cel-js';
import { Ajv, type ValidateFunction } from 'ajv';
import { parse } from 'yaml';
import { z } from 'zod';

/** A part of a structural schema, as far as the tests look into it. */
export interface Schema {
  readonly type?: string | undefined;
  readonly description?: string | undefined;
  readonly properties?: Readonly<Record<string, Schema>> | undefined;
  readonly items?: Schema | undefined;
  readonly additionalProperties?: Schema | undefined;
  readonly 'x-kubernetes-validations'?: readonly Validation[] | undefined;
  readonly [keyword: string]: unknown;
}

interface Validation {
  readonly rule: string;
  readonly message: string;
}

const schema: z.ZodType<Schema> = z.lazy(() =>
  z.looseObject({
    type: z.string().optional(),
    description: z.string().optional(),
    properties: z.record(z.string(), schema).optional(),
    items: schema.optional(),
    additionalProperties: schema.optional(),
    'x-kubernetes-validations': z.array(z.strictObject({ rule: z.string(), message: z.string() })).optional(),
  }),
);

const customResourceDefinition = z.object({
  metadata: z.object({ name: z.string() }),
  spec: z.object({
    group: z.string(),
    scope: z.enum(['Namespaced', 'Cluster']),
    names: z.object({
      kind: z.string(),
      listKind: z.string(),
      plural: z.string(),
      singular: z.string(),
      shortNames: z.array(z.string()),
    }),
    versions: z.tuple([
      z.object({
        name: z.string(),
        served: z.boolean(),
        storage: z.boolean(),
        additionalPrinterColumns: z.array(z.object({ name: z.string(), jsonPath: z.string() })),
        subresources: z.object({ status: z.strictObject({}) }).optional(),
        schema: z.object({ openAPIV3Schema: schema }),
      }),
    ]),
  }),
});

export type CustomResourceDefinition = z.infer<typeof customResourceDefinition>;

const folder = new URL('../../k8s/base/crds/', import.meta.url);

/** The definitions under k8s/base/crds, by kind. */
export const customResourceDefinitions: ReadonlyMap<string, CustomResourceDefinition> = new Map(
  readdirSync(folder)
    .filter((file) => file !== 'kustomization.yaml')
    .map((file) => customResourceDefinition.parse(parse(readFileSync(new URL(file, folder), 'utf8'))))
    .map((definition) => [definition.spec.names.kind, definition]),
);

export function schemaOf(kind: string): Schema {
  const definition = customResourceDefinitions.get(kind);
  if (definition === undefined) throw new Error(`No CustomResourceDefinition for the kind ${kind} in k8s/base/crds.`);
  return definition.spec.versions[0].schema.openAPIV3Schema;
}

/**
 * Why an API server would refuse an object of a kind: the structural errors, or where there are none the messages of
 * the CEL validations; empty when it accepts it. Unknown fields are no reason: the API server prunes them.
 */
export function refusals(kind: string, object: unknown): readonly string[] {
  const rootSchema = schemaOf(kind);
  const structural = structuralRefusals(rootSchema, object);
  return structural.length > 0 ? structural : validationRefusals(rootSchema, object, '');
}

const validators = new Map<Schema, ValidateFunction>();

/** What a structural schema says of an object, each with its path. */
export function structuralRefusals(structuralSchema: Schema, object: unknown): readonly string[] {
  const validate = validators.get(structuralSchema) ?? ajv.compile(structuralSchema);
  validators.set(structuralSchema, validate);
  validate(object);
  return (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message ?? error.keyword}`);
}

// The API server does not check formats that it does not know, such as CES 0.5's `ip`; the integers' are ranges.
const ajv = new Ajv({
  strict: false,
  allErrors: true,
  formats: { ip: true, 'date-time': true, int32: true, int64: true },
});

function validationRefusals(part: Schema, value: unknown, path: string): string[] {
  if (value === undefined) return [];
  const failed = (part['x-kubernetes-validations'] ?? [])
    .filter(({ rule }) => cel.evaluate(rule, { self: value }) !== true)
    .map(({ message }) => `${path} ${message}`);
  const below = childrenOf(part, value).flatMap((child) =>
    validationRefusals(child.schema, child.value, `${path}/${child.key}`),
  );
  return [...failed, ...below];
}

const cel = new Environment({ unlistedVariablesAreDyn: true });

interface Child {
  readonly key: string;
  readonly schema: Schema;
  readonly value: unknown;
}

function childrenOf(part: Schema, value: unknown): Child[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, child]: [string, unknown]) => {
    const childSchema = part.properties?.[key] ?? part.items ?? part.additionalProperties;
    return childSchema === undefined ? [] : [{ key, schema: childSchema, value: child }];
  });
}

/** The fields of an object that the API server would prune, because the schema does not know them. */
export function unknownFields(part: Schema, value: unknown, path = ''): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((item) => unknownFields(part.items ?? {}, item, `${path}[]`));
  if (typeof value !== 'object' || value === null || part.additionalProperties !== undefined) return [];
  return Object.entries(value).flatMap(([key, child]) => {
    if (path === '' && key === 'metadata') return [];
    const property = part.properties?.[key];
    return property === undefined ? [`${path}.${key}`] : unknownFields(property, child, `${path}.${key}`);
  });
}

/** Every part of a schema with its path, the root first. */
export function* partsOf(part: Schema, path = ''): Generator<{ path: string; part: Schema }> {
  yield { path, part };
  for (const [name, property] of Object.entries(part.properties ?? {})) yield* partsOf(property, `${path}.${name}`);
  if (part.items !== undefined) yield* partsOf(part.items, `${path}[]`);
  if (part.additionalProperties !== undefined) yield* partsOf(part.additionalProperties, `${path}{}`);
}
