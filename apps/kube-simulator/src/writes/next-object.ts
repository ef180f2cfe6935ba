import { isDeepStrictEqual } from 'node:util';
import { type JsonObject } from '#core/json';
import { invalid, type StatusCause } from '../api-error.js';
import { forbiddenField, invalidValue, type Allocator, type ApiResource } from '../kinds/api-resource.js';
import { member, type Draft, type DraftMeta, type KubeObject, type ObjectMeta } from '../objects/kube-object.js';
import { metadataCauses } from '../objects/names.js';

/** What part of an object a request writes; `binding` is how a scheduler gives a pod its node. */
export type Subresource = '' | 'status' | 'finalize' | 'binding';

/**
 * The object after an update: what the client may not change stays, defaults are set, the generation counts.
 * Its managedFields and its resourceVersion are those of the current object.
 * @throws ApiError 422
 */
export function nextObject(
  resource: ApiResource,
  current: KubeObject,
  draft: Draft,
  subresource: Subresource,
  allocator: Allocator,
): KubeObject {
  switch (subresource) {
    case 'status': {
      const { status: _old, ...rest } = current;
      const { status } = draft;
      return status === undefined ? { ...rest, metadata: current.metadata } : { ...current, status };
    }
    case 'finalize':
      return {
        ...current,
        spec: { ...member(current, 'spec'), finalizers: member(draft, 'spec')['finalizers'] ?? [] },
      };
    case 'binding':
      return { ...current, spec: { ...member(current, 'spec'), nodeName: member(draft, 'spec')['nodeName'] ?? '' } };
    case '':
      return nextMain(resource, current, draft, allocator);
  }
}

function nextMain(resource: ApiResource, current: KubeObject, draft: Draft, allocator: Allocator): KubeObject {
  const { status: _status, ...withoutStatus } = draft;
  const { status } = current;
  const candidate: Draft = resource.statusSubresource
    ? { ...withoutStatus, ...(status === undefined ? {} : { status }), metadata: draft.metadata }
    : draft;
  const kept: Draft = { ...keepAllocated(resource, candidate, current), metadata: nextMetadata(candidate, current) };
  const prepared = resource.prepare?.(kept, allocator) ?? kept;
  const causes = [
    ...identityCauses(draft, current),
    ...metadataCauses(prepared.metadata, resource.names),
    ...(resource.validate?.(prepared, current) ?? []),
  ];
  if (causes.length > 0) throw invalid(resource, current.metadata.name, causes);
  const generation = nextGeneration(resource, current, prepared);
  const metadata: ObjectMeta = {
    ...nextMetadata(prepared, current),
    ...(generation === undefined ? {} : { generation }),
  };
  return { ...prepared, apiVersion: current.apiVersion, kind: current.kind, metadata };
}

/** Labels, annotations, owners and finalizers are the client's; everything else in metadata is the server's. */
function nextMetadata(draft: Draft, current: KubeObject): ObjectMeta {
  const { labels: _l, annotations: _a, finalizers: _f, ownerReferences: _o, ...systemOwned } = current.metadata;
  return { ...systemOwned, ...clientMetadata(draft.metadata) };
}

/** What a client says in metadata, without what is empty. */
export function clientMetadata({
  labels = {},
  annotations = {},
  finalizers = [],
  ownerReferences = [],
}: DraftMeta): Pick<ObjectMeta, 'labels' | 'annotations' | 'finalizers' | 'ownerReferences'> {
  return {
    ...(Object.keys(labels).length === 0 ? {} : { labels }),
    ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
    ...(finalizers.length === 0 ? {} : { finalizers }),
    ...(ownerReferences.length === 0 ? {} : { ownerReferences }),
  };
}

/** A service keeps its cluster IP when an update does not name it, a namespace its finalizers always. */
function keepAllocated({ kind }: ApiResource, draft: Draft, current: KubeObject): Draft {
  const { clusterIP, finalizers } = member(current, 'spec');
  if (kind === 'Namespace' && finalizers !== undefined) return { ...draft, spec: { finalizers } };
  if (kind === 'Service' && clusterIP !== undefined) return { ...draft, spec: { clusterIP, ...member(draft, 'spec') } };
  return draft;
}

function identityCauses(draft: Draft, { metadata: current }: KubeObject): readonly StatusCause[] {
  const { uid, name, finalizers = [] } = draft.metadata;
  const added = finalizers.filter((finalizer) => !(current.finalizers ?? []).includes(finalizer));
  return [
    ...(uid === undefined || uid === '' || uid === current.uid
      ? []
      : [invalidValue('metadata.uid', uid, 'field is immutable')]),
    ...(name === undefined || name === current.name ? [] : [invalidValue('metadata.name', name, 'field is immutable')]),
    ...(current.deletionTimestamp === undefined || added.length === 0
      ? []
      : [
          forbiddenField(
            'metadata.finalizers',
            `no new finalizers can be added if the object is being deleted, found new finalizers ${JSON.stringify(added)}`,
          ),
        ]),
  ];
}

function nextGeneration(resource: ApiResource, current: KubeObject, next: Draft): number | undefined {
  if (!resource.generation) return current.metadata.generation;
  const before = current.metadata.generation ?? 1;
  return isDeepStrictEqual(specification(resource, current), specification(resource, next)) ? before : before + 1;
}

/** All that the generation counts: everything but metadata and, where it is a subresource, status. */
function specification(resource: ApiResource, object: Draft): JsonObject {
  const { metadata: _metadata, apiVersion: _version, kind: _kind, ...content } = object;
  if (!resource.statusSubresource) return content;
  const { status: _status, ...rest }: JsonObject = content;
  return rest;
}
