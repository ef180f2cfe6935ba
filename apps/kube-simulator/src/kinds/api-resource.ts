import { type JsonValue } from '#core/json';
import { type GroupResource, type StatusCause } from '../api-error.js';
import { type Draft, type KubeObject } from '../objects/kube-object.js';

/** A column of `kubectl get`; columns with a priority above 0 show with `-o wide` only. */
export interface Column {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'date';
  readonly format?: 'name';
  readonly priority: number;
  readonly cell: (object: KubeObject, now: Date) => JsonValue;
}

/** What a new object may need from the cluster. */
export interface Allocator {
  clusterIp(): string;
}

/** A resource that the API serves, with the ways in which kube-apiserver treats its kind. */
export interface ApiResource {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly singular: string;
  readonly kind: string;
  readonly shortNames: readonly string[];
  /** `all`: part of `kubectl get all`. */
  readonly categories: readonly string[];
  readonly namespaced: boolean;
  /** Resources with the same storage show the same objects: events of the core group and of events.k8s.io. */
  readonly storage: string;
  readonly statusSubresource: boolean;
  /** Defined by a CustomResourceDefinition: no strategic merge patch, every update needs a resourceVersion. */
  readonly custom: boolean;
  /** Whether metadata.generation counts the changes of everything but metadata and status. */
  readonly generation: boolean;
  /** Whether an update without a resourceVersion is taken. */
  readonly unconditionalUpdate: boolean;
  /** Whether a PUT creates what does not exist. */
  readonly createOnUpdate: boolean;
  /** Whether a deletion answers with the object, not with a Status. */
  readonly returnsDeletedObject: boolean;
  readonly names: 'subdomain' | 'label' | 'label-1035';
  readonly columns: readonly Column[];
  /** The fields that a field selector may name, besides metadata.name and metadata.namespace. */
  readonly selectableFields: (object: KubeObject) => Readonly<Record<string, string>>;
  /** Defaults, and what a client may not set itself. */
  readonly prepare?: (draft: Draft, allocator: Allocator) => Draft;
  /** What is wrong with the content; `previous` is the stored object when this is an update. */
  readonly validate?: (draft: Draft, previous?: KubeObject) => readonly StatusCause[];
  /** Between this version and the stored one, where they differ. */
  readonly conversion?: {
    readonly toStored: (draft: Draft) => Draft;
    readonly fromStored: (object: KubeObject) => KubeObject;
  };
}

export function apiVersionOf({ group, version }: { readonly group: string; readonly version: string }): string {
  return group === '' ? version : `${group}/${version}`;
}

export function groupResourceOf({ group, plural }: ApiResource): GroupResource {
  return { group, resource: plural };
}

/** What most kinds of the API have in common. */
export const ordinary = {
  shortNames: [],
  categories: [],
  namespaced: true,
  statusSubresource: false,
  custom: false,
  generation: false,
  unconditionalUpdate: true,
  createOnUpdate: false,
  returnsDeletedObject: false,
  names: 'subdomain',
  selectableFields: () => ({}),
} as const satisfies Partial<ApiResource>;

export const required = (field: string, message = 'Required value'): StatusCause => ({
  reason: 'FieldValueRequired',
  message,
  field,
});

export const invalidValue = (field: string, value: JsonValue, why: string): StatusCause => ({
  reason: 'FieldValueInvalid',
  message: `Invalid value: ${JSON.stringify(value)}: ${why}`,
  field,
});

export const forbiddenField = (field: string, why: string): StatusCause => ({
  reason: 'FieldValueForbidden',
  message: `Forbidden: ${why}`,
  field,
});
