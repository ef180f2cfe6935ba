import { z } from 'zod';
import { type JsonValue } from '#core/json';
import { badRequest, conflict, forbidden } from '../api-error.js';
import { type ApiResource } from '../kinds/api-resource.js';
import { member, text, type KubeObject } from '../objects/kube-object.js';
import { keyOf, kubernetesTime, type Registry } from './registry.js';

/** metav1.DeleteOptions, as far as it matters without a garbage collector. */
export interface DeleteOptions {
  readonly gracePeriodSeconds?: number;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly dryRun: boolean;
}

export interface Deleted {
  readonly object: KubeObject;
  /** False: only marked, until its finalizers or its grace period are done with. */
  readonly gone: boolean;
}

const body = z.object({
  gracePeriodSeconds: z.int().nullish(),
  dryRun: z.array(z.string()).nullish(),
  preconditions: z.object({ uid: z.string().nullish(), resourceVersion: z.string().nullish() }).nullish(),
});

/**
 * DeleteOptions from a request's body, or from its query when there is none.
 * @throws ApiError 400
 */
export function parseDeleteOptions(value: JsonValue | undefined, query: URLSearchParams): DeleteOptions {
  const queried = query.get('gracePeriodSeconds');
  const given = value ?? (queried === null ? {} : { gracePeriodSeconds: Number(queried) });
  const parsed = body.safeParse(given);
  if (!parsed.success) throw badRequest(`DeleteOptions cannot be handled: ${z.prettifyError(parsed.error)}`);
  const { gracePeriodSeconds, dryRun, preconditions } = parsed.data;
  const { uid, resourceVersion } = preconditions ?? {};
  return {
    ...(typeof gracePeriodSeconds === 'number' ? { gracePeriodSeconds } : {}),
    ...(typeof uid === 'string' ? { uid } : {}),
    ...(typeof resourceVersion === 'string' ? { resourceVersion } : {}),
    dryRun: dryRun?.includes('All') === true || query.getAll('dryRun').includes('All'),
  };
}

const immortalNamespaces = ['default', 'kube-system', 'kube-public'];

/**
 * Deletes an object, or marks it: with finalizers, a namespace, or a pod that a kubelet still has to stop.
 * @throws ApiError 403, 404, or 409 when a precondition fails
 */
export function deleteObject(
  registry: Registry,
  resource: ApiResource,
  namespace: string,
  name: string,
  options: DeleteOptions,
): Deleted {
  const object = registry.get(resource, namespace, name);
  checkPreconditions(resource, object, options);
  const marked = markForDeletion(registry, resource, object, options);
  if (options.dryRun) return { object: marked ?? object, gone: marked === undefined };
  const key = keyOf(resource, namespace, name);
  if (marked === undefined) return { object: registry.store.remove(resource.storage, key) ?? object, gone: true };
  return { object: marked === object ? object : registry.store.put(resource.storage, key, marked), gone: false };
}

function checkPreconditions(resource: ApiResource, object: KubeObject, { uid, resourceVersion }: DeleteOptions): void {
  const { metadata } = object;
  const subject = { group: resource.group, resource: resource.kind };
  if (uid !== undefined && uid !== metadata.uid) {
    const why =
      `the UID in the precondition (${uid}) does not match the UID in record (${metadata.uid}). ` +
      'The object might have been deleted and then recreated';
    throw conflict(subject, metadata.name, why);
  }
  if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion) {
    const why =
      `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record ` +
      `(${metadata.resourceVersion}). The object might have been modified`;
    throw conflict(subject, metadata.name, why);
  }
}

/** The object as it waits for its end, the same object when it waits already; undefined when it can go at once. */
function markForDeletion(
  { surroundings }: Registry,
  resource: ApiResource,
  object: KubeObject,
  options: DeleteOptions,
): KubeObject | undefined {
  const now = surroundings.now();
  if (resource.kind === 'Namespace') return markNamespace(object, now);
  const { deletionTimestamp, deletionGracePeriodSeconds: granted = 0, finalizers = [] } = object.metadata;
  const grace = resource.kind === 'Pod' ? podGrace(object, options) : 0;
  if (deletionTimestamp === undefined) {
    return grace > 0 || finalizers.length > 0 ? mark(object, now, grace) : undefined;
  }
  if (granted > 0 && grace < granted && options.gracePeriodSeconds !== undefined) {
    const began = new Date(Date.parse(deletionTimestamp) - granted * 1_000);
    return grace > 0 || finalizers.length > 0 ? mark(object, began, grace) : undefined;
  }
  return granted > 0 || finalizers.length > 0 ? object : undefined;
}

/** A pod that no node has, or that is finished, needs no grace. */
function podGrace(pod: KubeObject, { gracePeriodSeconds }: DeleteOptions): number {
  const finished = ['Succeeded', 'Failed'].includes(text(pod, 'status', 'phase'));
  if (finished || text(pod, 'spec', 'nodeName') === '') return 0;
  const { terminationGracePeriodSeconds: own } = member(pod, 'spec');
  const grace = gracePeriodSeconds ?? (typeof own === 'number' ? own : 30);
  return grace < 0 ? 1 : grace;
}

function mark(object: KubeObject, from: Date, graceSeconds: number): KubeObject {
  const { metadata } = object;
  const first = metadata.deletionTimestamp === undefined;
  return {
    ...object,
    metadata: {
      ...metadata,
      deletionTimestamp: kubernetesTime(new Date(from.getTime() + graceSeconds * 1_000)),
      deletionGracePeriodSeconds: graceSeconds,
      ...(first && metadata.generation !== undefined ? { generation: metadata.generation + 1 } : {}),
    },
  };
}

/** A namespace ends in two steps; what it holds goes in between, see namespace-controller.ts. */
function markNamespace(namespace: KubeObject, now: Date): KubeObject | undefined {
  const { name, deletionTimestamp, finalizers = [] } = namespace.metadata;
  if (immortalNamespaces.includes(name)) {
    throw forbidden({ group: '', resource: 'namespaces' }, name, 'this namespace may not be deleted');
  }
  if (deletionTimestamp === undefined) {
    return { ...mark(namespace, now, 0), status: { ...member(namespace, 'status'), phase: 'Terminating' } };
  }
  const held = member(namespace, 'spec')['finalizers'];
  return finalizers.length > 0 || (Array.isArray(held) && held.length > 0) ? namespace : undefined;
}

/** What is deleted answers with the object for some kinds, with a Status for the others. */
export function deletionAnswer(resource: ApiResource, { object, gone }: Deleted): JsonValue {
  if (resource.returnsDeletedObject || !gone) return object;
  const { group, plural } = resource;
  const { name, uid } = object.metadata;
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: { name, ...(group === '' ? {} : { group }), kind: plural, uid },
  };
}
