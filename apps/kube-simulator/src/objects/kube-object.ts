import { z } from 'zod';
import { isJsonObject, type JsonObject, type JsonValue } from '#core/json';
import { badRequest } from '../api-error.js';

/** Who set which fields, and how; fieldsV1 is the tree that kube-apiserver keeps, see field-set.ts. */
export type ManagedFields = {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  readonly time: string;
  readonly fieldsType: 'FieldsV1';
  readonly fieldsV1: JsonObject;
  readonly subresource?: string;
};

type GivenMeta = {
  readonly generateName?: string;
  readonly namespace?: string;
  readonly generation?: number;
  readonly deletionTimestamp?: string;
  readonly deletionGracePeriodSeconds?: number;
  readonly labels?: { readonly [key: string]: string };
  readonly annotations?: { readonly [key: string]: string };
  readonly finalizers?: readonly string[];
  readonly ownerReferences?: readonly JsonObject[];
};

/** metadata as a client sends it. */
export type DraftMeta = GivenMeta & {
  readonly name?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly creationTimestamp?: string;
};

/** metadata of a stored object. */
export type ObjectMeta = GivenMeta & {
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly creationTimestamp: string;
  readonly managedFields?: readonly ManagedFields[];
};

/** An object as a client sends it. */
export interface Draft {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: DraftMeta;
  readonly [field: string]: JsonValue;
}

/** A stored object, in the shape in which clients receive it. Never changed in place. */
export interface KubeObject extends Draft {
  readonly metadata: ObjectMeta;
}

const json: z.ZodType<JsonValue> = z.json();
const jsonObject = z.record(z.string(), json);
const strings = z.record(z.string(), z.string());

/** Unknown members are dropped, as the API server drops them; managedFields are the server's alone. */
const metadataSchema = z.object({
  name: z.string().exactOptional(),
  generateName: z.string().exactOptional(),
  namespace: z.string().exactOptional(),
  uid: z.string().exactOptional(),
  resourceVersion: z.string().exactOptional(),
  generation: z.int().exactOptional(),
  creationTimestamp: z.string().exactOptional(),
  deletionTimestamp: z.string().exactOptional(),
  deletionGracePeriodSeconds: z.int().exactOptional(),
  labels: strings.exactOptional(),
  annotations: strings.exactOptional(),
  finalizers: z.array(z.string()).exactOptional(),
  ownerReferences: z.array(jsonObject).exactOptional(),
});

/**
 * Reads an object from a request's body.
 * @throws ApiError 400 when it is no Kubernetes object or its metadata is malformed.
 */
export function parseDraft(value: JsonValue): Draft {
  if (!isJsonObject(value)) throw badRequest(`couldn't get version/kind; json parse error: the body is no object`);
  const { apiVersion, kind, metadata = {}, ...content } = value;
  if (typeof kind !== 'string' || kind === '') throw badRequest(`Object 'Kind' is missing in '${excerpt(value)}'`);
  if (typeof apiVersion !== 'string' || apiVersion === '') {
    throw badRequest(`Object 'apiVersion' is missing in '${excerpt(value)}'`);
  }
  return { apiVersion, kind, metadata: parseMetadata(metadata, kind), ...withoutNulls(content) };
}

function parseMetadata(metadata: JsonValue, kind: string): DraftMeta {
  const parsed = metadataSchema.safeParse(isJsonObject(metadata) ? withoutNulls(metadata) : metadata);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = ['metadata', ...(issue?.path ?? [])].map(String).join('.');
  throw badRequest(
    `${kind} cannot be handled: json: cannot unmarshal into Go struct field ObjectMeta.${field}: ${issue?.message ?? ''}`,
  );
}

function withoutNulls(object: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([, member]) => member !== null));
}

function excerpt(value: JsonValue): string {
  return JSON.stringify(value).slice(0, 120);
}

/** The member when it is an object, else an empty one: `member(pod, 'status')`. */
export function member(object: JsonObject, field: string): JsonObject {
  const value = object[field];
  return isJsonObject(value) ? value : {};
}

/** The members of a list that are objects; none when there is no list. */
export function items(value: JsonValue | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

/** The text at a path of members, or the empty string. */
export function text(value: JsonValue | undefined, ...path: readonly string[]): string {
  let found = value;
  for (const field of path) found = isJsonObject(found) ? found[field] : undefined;
  return typeof found === 'string' ? found : typeof found === 'number' ? String(found) : '';
}
