import { type JsonObject, isJsonObject, type JsonValue } from '#core/json';
import { type ObjectKind } from '#core/kinds';
import {
  type ClusterObject,
  type Endpoint,
  type EndpointSliceContent,
  type NamespaceContent,
  type ObjectReference,
  type PodContent,
  type ServiceContent,
  type SpecContent,
} from '#core/objects';
import { type ResourceVersion } from '#core/resource-version';
import { lastManager, readGeneration, readIdentity } from './metadata.js';
import { flagAt, labelsAt, NotUnderstood, objectAt, objectsAt, textAt, textsAt } from './reading.js';

/** What became of an object as the API server sent it. */
export type Pruned =
  | { readonly result: 'object'; readonly object: ClusterObject }
  /** It is known which object it is, but not what it says. Only kinds that supply addresses come out so; it counts as gone. */
  | {
      readonly result: 'not-understood';
      readonly reference: ObjectReference;
      readonly resourceVersion: ResourceVersion;
      readonly reason: string;
    }
  /** Nothing is known of it. */
  | { readonly result: 'unidentifiable'; readonly reason: string };

/**
 * Keeps of a Kubernetes object what matters to CES (see `pruningScheme`). An object that an old API server sends in
 * another form never stops the stream: see `Pruned`. CES kinds keep their spec whatever it is; it is judged later.
 */
export function prune(kind: ObjectKind, raw: JsonValue): Pruned {
  let identity;
  try {
    identity = readIdentity(kind, raw);
  } catch (error) {
    return { result: 'unidentifiable', reason: reasonOf(error) };
  }
  const { reference, resourceVersion } = identity;
  try {
    return { result: 'object', object: readObject(kind, reference, resourceVersion, raw) };
  } catch (error) {
    return { result: 'not-understood', reference, resourceVersion, reason: reasonOf(error) };
  }
}

function readObject(
  kind: ObjectKind,
  { uid, namespace, name }: ObjectReference,
  resourceVersion: ResourceVersion,
  raw: JsonValue,
): ClusterObject {
  const source = isJsonObject(raw) ? raw : {};
  const metadata = objectAt(source, 'metadata', 'metadata');
  const observed = {
    uid,
    namespace,
    name,
    resourceVersion,
    generation: readGeneration(metadata),
    createdAt: typeof metadata.creationTimestamp === 'string' ? metadata.creationTimestamp : null,
    manager: lastManager(metadata),
  };
  switch (kind) {
    case 'Namespace':
      return { kind, ...observed, content: namespaceContent(metadata) };
    case 'Pod':
      return { kind, ...observed, content: podContent(source, metadata) };
    case 'Service':
      return { kind, ...observed, content: serviceContent(source) };
    case 'EndpointSlice':
      return { kind, ...observed, content: endpointSliceContent(source, metadata) };
    case 'ExternalService':
      return { kind, ...observed, content: specContent(source) };
    case 'ClusterEgressRule':
    case 'NamespaceEgressRule':
    case 'ServiceEgressRule':
    case 'PodEgressRule':
      return { kind, ...observed, content: specContent(source) };
  }
}

/** The annotation in which Kube-OVN records a namespace's addresses. */
const cidrAnnotation = 'ovn.kubernetes.io/cidr';

function namespaceContent(metadata: JsonObject): NamespaceContent {
  const annotations = objectAt(metadata, 'annotations', 'metadata.annotations');
  return {
    labels: labelsAt(metadata, 'labels', 'metadata.labels'),
    cidr: textAt(annotations, cidrAnnotation, `metadata.annotations.${cidrAnnotation}`),
  };
}

function podContent(source: JsonObject, metadata: JsonObject): PodContent {
  const status = objectAt(source, 'status', 'status');
  const phase = textAt(status, 'phase', 'status.phase');
  return {
    labels: labelsAt(metadata, 'labels', 'metadata.labels'),
    addresses: podAddresses(status),
    hostNetwork: flagAt(objectAt(source, 'spec', 'spec'), 'hostNetwork', 'spec.hostNetwork'),
    finished: phase === 'Succeeded' || phase === 'Failed',
    owner: controller(metadata),
  };
}

function podAddresses(status: JsonObject): readonly string[] {
  const several = objectsAt(status, 'podIPs', 'status.podIPs').flatMap((entry, index) => {
    const address = textAt(entry, 'ip', `status.podIPs[${index}].ip`);
    return address === null || address === '' ? [] : [address];
  });
  if (several.length > 0) return several;
  const one = textAt(status, 'podIP', 'status.podIP');
  return one === null || one === '' ? [] : [one];
}

/** Only for the audit: what cannot be read is left out. */
function controller(metadata: JsonObject): string | null {
  const { ownerReferences } = metadata;
  if (!Array.isArray(ownerReferences)) return null;
  const owner = (ownerReferences as readonly JsonValue[]).find(
    (entry) => isJsonObject(entry) && entry.controller === true,
  );
  if (!isJsonObject(owner)) return null;
  return typeof owner.kind === 'string' && typeof owner.name === 'string' ? `${owner.kind}/${owner.name}` : null;
}

function serviceContent(source: JsonObject): ServiceContent {
  const selector = objectAt(objectAt(source, 'spec', 'spec'), 'selector', 'spec.selector');
  return { hasSelector: Object.keys(selector).length > 0 };
}

function endpointSliceContent(source: JsonObject, metadata: JsonObject): EndpointSliceContent {
  const labels = objectAt(metadata, 'labels', 'metadata.labels');
  const service = textAt(labels, 'kubernetes.io/service-name', 'metadata.labels.kubernetes.io/service-name');
  const addressType = textAt(source, 'addressType', 'addressType');
  return {
    service: service === '' ? null : service,
    // The endpoints of a slice of this type are domain names: nobody's source address.
    endpoints: addressType === 'FQDN' ? [] : objectsAt(source, 'endpoints', 'endpoints').map(endpoint),
  };
}

function endpoint(source: JsonObject, index: number): Endpoint {
  const path = `endpoints[${index}]`;
  const target = objectAt(source, 'targetRef', `${path}.targetRef`);
  const name = textAt(target, 'name', `${path}.targetRef.name`);
  return {
    addresses: textsAt(source, 'addresses', `${path}.addresses`),
    pod:
      target.kind === 'Pod' && name !== null
        ? {
            namespace: textAt(target, 'namespace', `${path}.targetRef.namespace`) ?? '',
            name,
            uid: textAt(target, 'uid', `${path}.targetRef.uid`),
          }
        : null,
  };
}

function specContent(source: JsonObject): SpecContent {
  return { spec: source.spec ?? null };
}

function reasonOf(error: unknown): string {
  if (error instanceof NotUnderstood) return error.message;
  throw error;
}
