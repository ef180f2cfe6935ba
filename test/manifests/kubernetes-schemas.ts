import * as client from '@kubernetes/client-node';
import * as apiextensions from 'kubernetes-models/apiextensions.k8s.io/v1';
import * as apps from 'kubernetes-models/apps/v1';
import * as batch from 'kubernetes-models/batch/v1';
import * as discovery from 'kubernetes-models/discovery.k8s.io/v1';
import * as policy from 'kubernetes-models/policy/v1';
import * as rbac from 'kubernetes-models/rbac.authorization.k8s.io/v1';
import * as core from 'kubernetes-models/v1';
import { z } from 'zod';
import { type Manifest } from './manifest.js';

/** Kubernetes' own schemas, as the package `kubernetes-models` compiled them from its OpenAPI document. */
const groups: Readonly<Record<string, object>> = {
  v1: core,
  'apiextensions.k8s.io/v1': apiextensions,
  'apps/v1': apps,
  'batch/v1': batch,
  'discovery.k8s.io/v1': discovery,
  'policy/v1': policy,
  'rbac.authorization.k8s.io/v1': rbac,
};

const modelClass = z.custom<new (object: Manifest) => { validate(): void }>((value) => typeof value === 'function');

/** Why Kubernetes would refuse an object of a built-in kind, unknown fields included; empty when it accepts it. */
export function schemaErrors(object: Manifest): readonly string[] {
  const { apiVersion, kind } = object;
  const found = modelClass.safeParse(new Map(Object.entries(groups[apiVersion] ?? {})).get(kind));
  if (!found.success) return [`${apiVersion} ${kind}: no schema is at hand; add its group to the table of groups.`];
  return [...invalidFields(new found.data(withoutLineBreaks(object))), ...unknownFields(object, `V1${kind}`, kind)];
}

/** Kubernetes decodes the base64 of a Secret with line breaks in it, the schema's format does not know them. */
function withoutLineBreaks(object: Manifest): Manifest {
  if (object.kind !== 'Secret') return object;
  const data = z.record(z.string(), z.string()).parse(object['data']);
  return {
    ...object,
    data: Object.fromEntries(Object.entries(data).map(([key, text]) => [key, text.replace(/\s/g, '')])),
  };
}

function invalidFields(model: { validate(): void }): string[] {
  try {
    model.validate();
    return [];
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}

interface FieldTypes {
  getAttributeTypeMap(): readonly { readonly baseName: string; readonly type: string }[];
}

const fieldTypes = z.custom<FieldTypes>((value) => typeof value === 'function' && 'getAttributeTypeMap' in value);
const classes = new Map(Object.entries(client));

/**
 * The OpenAPI document allows unknown fields, an API server prunes them with a warning: a misspelt `readinesProbe` is
 * only found by comparing with the fields that the client library knows.
 */
function unknownFields(value: unknown, type: string, path: string): string[] {
  if (Array.isArray(value)) {
    const itemType = /^Array<(.*)>$/.exec(type)?.[1] ?? type;
    return value.flatMap((item, index) => unknownFields(item, itemType, `${path}[${String(index)}]`));
  }
  if (typeof value !== 'object' || value === null) return [];
  const valueType = /^\{ \[key: string\]: (.*); \}$/.exec(type)?.[1];
  if (valueType !== undefined) {
    return Object.entries(value).flatMap(([key, child]) => unknownFields(child, valueType, `${path}.${key}`));
  }
  const known = fieldTypes.safeParse(classes.get(type));
  if (!known.success) return [];
  const fields = new Map(known.data.getAttributeTypeMap().map((field) => [field.baseName, field.type]));
  return Object.entries(value).flatMap(([key, child]) => {
    const childType = fields.get(key);
    return childType === undefined
      ? [`${path}.${key} is not a field`]
      : unknownFields(child, childType, `${path}.${key}`);
  });
}
