import { isDeepStrictEqual } from 'node:util';
import { isJsonObject, type JsonObject, type JsonValue } from '#core/json';
import {
  alreadyExists,
  ApiError,
  badRequest,
  conflict,
  forbidden,
  invalid,
  modifiedMeanwhile,
  notFound,
} from '../api-error.js';
import {
  apiVersionOf,
  groupResourceOf,
  invalidValue,
  type Allocator,
  type ApiResource,
} from '../kinds/api-resource.js';
import { parseDraft, type Draft, type KubeObject } from '../objects/kube-object.js';
import { metadataCauses } from '../objects/names.js';
import { type Store } from '../storage/store.js';
import { afterUpdate, type Manager } from './managed-fields.js';
import { clientMetadata, nextObject, type Subresource } from './next-object.js';
import { patched, type Patch } from './patch.js';
import { applyConfiguration } from './server-side-apply.js';

/** The world outside of the store: time, and what must differ from object to object. */
export interface Surroundings extends Allocator {
  now(): Date;
  uid(): string;
  /** Five characters for metadata.generateName. */
  nameSuffix(): string;
}

/** Who writes, and whether only for show. */
export interface WriteOptions {
  readonly manager: string;
  readonly dryRun: boolean;
}

export interface Written {
  readonly object: KubeObject;
  readonly created: boolean;
}

/** `2026-11-22T20:31:00Z`: metav1.Time has whole seconds. */
export function kubernetesTime(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, 'Z');
}

export function keyOf(resource: ApiResource, namespace: string, name: string): string {
  return resource.namespaced ? `${namespace}/${name}` : name;
}

/** The writing half of the API: creates, updates and patches with the checks and the bookkeeping of kube-apiserver. */
export class Registry {
  constructor(
    readonly store: Store,
    readonly surroundings: Surroundings,
  ) {}

  /** @throws ApiError 404 */
  get(resource: ApiResource, namespace: string, name: string, revision?: number): KubeObject {
    const object = this.store.get(resource.storage, keyOf(resource, namespace, name), revision);
    if (object === undefined) throw notFound(groupResourceOf(resource), name);
    return object;
  }

  /** @throws ApiError 400, 403 (namespace going away), 404 (no namespace), 409 or 422 */
  create(resource: ApiResource, namespace: string, body: JsonValue, options: WriteOptions): KubeObject {
    return this.#create(resource, namespace, this.#draft(resource, namespace, body), options, 'Update');
  }

  /** @throws ApiError 400, 404, 409 or 422 */
  replace(
    resource: ApiResource,
    namespace: string,
    name: string,
    subresource: Subresource,
    body: JsonValue,
    options: WriteOptions,
  ): Written {
    const draft = this.#draft(resource, namespace, body);
    const { name: given = '', uid = '', resourceVersion = '' } = draft.metadata;
    if (given !== name) {
      throw badRequest(`the name of the object (${given}) does not match the name on the URL (${name})`);
    }
    const current = this.store.get(resource.storage, keyOf(resource, namespace, name));
    if (uid !== '' && uid !== current?.metadata.uid) {
      const found = current?.metadata.uid ?? '';
      throw conflict(groupResourceOf(resource), name, wrongUid(resource, namespace, name, uid, found));
    }
    if (current === undefined) {
      if (!resource.createOnUpdate) throw notFound(groupResourceOf(resource), name);
      return { object: this.#create(resource, namespace, draft, options, 'Update'), created: true };
    }
    if (resourceVersion === '' && !resource.unconditionalUpdate) {
      throw invalid({ group: resource.group, kind: resource.plural }, name, [mustBeSpecified]);
    }
    return { object: this.#update(resource, current, draft, subresource, options), created: false };
  }

  /** @throws ApiError 400, 404, 409 or 422 */
  patch(
    resource: ApiResource,
    namespace: string,
    name: string,
    subresource: Subresource,
    patch: Patch,
    options: WriteOptions & { readonly force: boolean },
  ): Written {
    if (patch.type === 'apply') {
      return this.#apply(resource, namespace, name, subresource, patch.configuration, options);
    }
    const current = this.get(resource, namespace, name);
    const shown = resource.conversion?.fromStored(current) ?? current;
    const draft = this.#draft(resource, namespace, patched(resource.kind, shown, patch));
    return { object: this.#update(resource, current, draft, subresource, options), created: false };
  }

  #apply(
    resource: ApiResource,
    namespace: string,
    name: string,
    subresource: Subresource,
    configuration: JsonObject,
    { manager, dryRun, force }: WriteOptions & { readonly force: boolean },
  ): Written {
    const given = this.#draft(resource, namespace, configuration).metadata;
    if ('managedFields' in metadataOf(configuration)) throw badRequest('metadata.managedFields must be nil');
    const draft = this.#draft(resource, namespace, { ...configuration, metadata: { ...given, name } });
    const current = this.store.get(resource.storage, keyOf(resource, namespace, name));
    if (current === undefined) {
      if (subresource !== '') throw notFound(groupResourceOf(resource), name);
      return { object: this.#create(resource, namespace, draft, { manager, dryRun }, 'Apply'), created: true };
    }
    const { resourceVersion = current.metadata.resourceVersion } = given;
    if (resourceVersion !== current.metadata.resourceVersion) {
      throw conflict(groupResourceOf(resource), name, modifiedMeanwhile);
    }
    const who: Manager = { manager, operation: 'Apply', apiVersion: apiVersionOf(resource), subresource };
    const time = kubernetesTime(this.surroundings.now());
    const entries = current.metadata.managedFields ?? [];
    const applied = applyConfiguration(resource.kind, current, entries, draft, who, force, time);
    const next = this.#draft(resource, namespace, {
      ...applied.object,
      metadata: { ...metadataOf(applied.object), name },
    });
    const object = this.#update(resource, current, next, subresource, { manager, dryRun }, applied.managedFields);
    return { object, created: false };
  }

  #create(
    resource: ApiResource,
    namespace: string,
    draft: Draft,
    { manager, dryRun }: WriteOptions,
    operation: Manager['operation'],
  ): KubeObject {
    const { resourceVersion = '', generateName = '' } = draft.metadata;
    const name = draft.metadata.name || this.#generateName(resource, namespace, generateName);
    if (resourceVersion !== '' && resourceVersion !== '0') {
      throw new ApiError(500, '', 'resourceVersion should not be set on objects to be created');
    }
    if (resource.namespaced) this.#requireLivingNamespace(resource, namespace, name);
    const { status: _status, ...withoutStatus } = draft;
    const started: Draft = { ...(resource.statusSubresource ? withoutStatus : draft), ...identity(draft, name) };
    const prepared = resource.prepare?.(started, this.surroundings) ?? started;
    const causes = [...metadataCauses(prepared.metadata, resource.names), ...(resource.validate?.(prepared) ?? [])];
    if (causes.length > 0) throw invalid(resource, name, causes);
    const key = keyOf(resource, namespace, name);
    if (this.store.get(resource.storage, key) !== undefined) throw alreadyExists(groupResourceOf(resource), name);
    const time = kubernetesTime(this.surroundings.now());
    const who: Manager = { manager, operation, apiVersion: apiVersionOf(resource), subresource: '' };
    const { status: _initial, ...managed } = prepared;
    const managedFields = afterUpdate([], undefined, resource.statusSubresource ? managed : prepared, who, time);
    const object = {
      ...prepared,
      metadata: {
        name,
        ...(generateName === '' ? {} : { generateName }),
        ...(resource.namespaced ? { namespace } : {}),
        uid: this.surroundings.uid(),
        resourceVersion: '',
        ...(resource.generation ? { generation: 1 } : {}),
        creationTimestamp: time,
        ...clientMetadata(prepared.metadata),
        ...(managedFields.length === 0 ? {} : { managedFields }),
      },
    };
    return dryRun ? object : this.store.put(resource.storage, key, object);
  }

  /** A free name; the API server gives up after as many tries. */
  #generateName(resource: ApiResource, namespace: string, generateName: string): string {
    if (generateName === '') return '';
    let name = '';
    for (let tries = 0; tries < 8; tries += 1) {
      name = generateName + this.surroundings.nameSuffix();
      if (this.store.get(resource.storage, keyOf(resource, namespace, name)) === undefined) break;
    }
    return name;
  }

  #update(
    resource: ApiResource,
    current: KubeObject,
    draft: Draft,
    subresource: Subresource,
    { manager, dryRun }: WriteOptions,
    managedFields?: KubeObject['metadata']['managedFields'],
  ): KubeObject {
    const { name, namespace = '', resourceVersion } = current.metadata;
    const { resourceVersion: asked = '' } = draft.metadata;
    if (asked !== '' && asked !== resourceVersion) throw conflict(groupResourceOf(resource), name, modifiedMeanwhile);
    const next = nextObject(resource, current, draft, subresource, this.surroundings);
    const time = kubernetesTime(this.surroundings.now());
    const who: Manager = { manager, operation: 'Update', apiVersion: apiVersionOf(resource), subresource };
    const entries = managedFields ?? afterUpdate(current.metadata.managedFields ?? [], current, next, who, time);
    const { managedFields: _before, ...metadata } = next.metadata;
    const managed = entries.length === 0 ? {} : { managedFields: entries };
    const object: KubeObject = { ...next, metadata: { ...metadata, ...managed } };
    if (isDeepStrictEqual(object, current)) return current;
    if (dryRun) return object;
    const key = keyOf(resource, namespace, name);
    if (isFinallyDeleted(resource, object)) return this.store.remove(resource.storage, key) ?? object;
    return this.store.put(resource.storage, key, object);
  }

  /** Reads an object of the resource, in its namespace, as it is stored; built-in kinds need not say what they are. */
  #draft(resource: ApiResource, namespace: string, body: JsonValue): Draft {
    const expected = apiVersionOf(resource);
    const isNamed = resource.custom || !isJsonObject(body);
    const draft = parseDraft(isNamed ? body : { apiVersion: expected, kind: resource.kind, ...body });
    if (draft.apiVersion !== expected) {
      throw badRequest(
        `the API version in the data (${draft.apiVersion}) does not match the expected API version (${expected})`,
      );
    }
    if (draft.kind !== resource.kind) {
      throw badRequest(`the kind in the data (${draft.kind}) does not match the expected kind (${resource.kind})`);
    }
    const given = draft.metadata.namespace ?? '';
    if (resource.namespaced && given !== '' && given !== namespace) {
      throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
    }
    const { namespace: _namespace, ...metadata } = draft.metadata;
    const placed: Draft = { ...draft, metadata: resource.namespaced ? { ...metadata, namespace } : metadata };
    return resource.conversion?.toStored(placed) ?? placed;
  }

  #requireLivingNamespace(resource: ApiResource, namespace: string, name: string): void {
    const found = this.store.get('namespaces', namespace);
    if (found === undefined) throw notFound({ group: '', resource: 'namespaces' }, namespace);
    if (found.metadata.deletionTimestamp === undefined) return;
    const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
    throw forbidden(groupResourceOf(resource), name, why, [
      {
        reason: 'NamespaceTerminating',
        message: `namespace ${namespace} is being terminated`,
        field: 'metadata.namespace',
      },
    ]);
  }
}

const mustBeSpecified = {
  ...invalidValue('metadata.resourceVersion', 0, ''),
  message: 'Invalid value: 0x0: must be specified for an update',
};

function wrongUid(resource: ApiResource, namespace: string, name: string, asked: string, found: string): string {
  const key = `/registry/${resource.storage}/${keyOf(resource, namespace, name)}`;
  return (
    `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: ` +
    `Precondition failed: UID in precondition: ${asked}, UID in object meta: ${found}`
  );
}

const identity = (draft: Draft, name: string): Pick<Draft, 'apiVersion' | 'kind' | 'metadata'> => ({
  apiVersion: draft.apiVersion,
  kind: draft.kind,
  metadata: { ...draft.metadata, name },
});

function metadataOf({ metadata }: JsonObject): JsonObject {
  return isJsonObject(metadata) ? metadata : {};
}

/** Marked for deletion, without grace, and nothing holds it any more. */
function isFinallyDeleted(resource: ApiResource, { metadata, spec }: KubeObject): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds, finalizers = [] } = metadata;
  if (deletionTimestamp === undefined || finalizers.length > 0) return false;
  if (resource.kind !== 'Namespace') return deletionGracePeriodSeconds === 0;
  const held = isJsonObject(spec) ? spec['finalizers'] : undefined;
  return !Array.isArray(held) || held.length === 0;
}
