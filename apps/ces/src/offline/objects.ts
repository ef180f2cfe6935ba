import { isJsonObject, type JsonObject, type JsonValue } from '#core/json';
import { isObjectKind, type ObjectKind } from '#core/kinds';
import { type ClusterObject, type EndpointSliceObject, type PodObject } from '#core/objects';
import { shortened } from '#core/text';
import { prune } from '#watch/domain/prune';
import { resources } from '#watch/domain/resources';
import { unknownFields } from './unknown-fields.js';
import { type Manifest, type Place, type Remark } from './manifests.js';

export interface PlacedObject extends Place {
  readonly object: ClusterObject;
}

/**
 * Manifests as the watcher would have pruned them. What is no kind of ours, or not understood, becomes a remark; of an
 * object that is there twice the last one counts, as with `kubectl apply`.
 */
export function pruneManifests(manifests: readonly Manifest[]): { objects: PlacedObject[]; remarks: Remark[] } {
  const objects = new Map<string, PlacedObject>();
  const remarks: Remark[] = [];
  for (const { file, line, object } of manifests) {
    const remark = (severity: Remark['severity'], message: string) => {
      remarks.push({ file, line, severity, message, leftOut: true });
    };
    const source = asEndpointSlice(object);
    const kind = kindOf(source);
    if (kind === null) {
      remark('warning', `${described(source)} is not one that CES reads; it is left out`);
      continue;
    }
    const pruned = prune(kind, identified(kind, source));
    if (pruned.result !== 'object') {
      remark('error', `${kind}: ${pruned.reason}`);
      continue;
    }
    for (const field of unknownFields(kind, source['spec'])) {
      remark(
        'warning',
        `${kind} ${pruned.object.name}: ${shortened(field, longestName)} is not a field of this kind; it is left out`,
      );
    }
    const earlier = objects.get(pruned.object.uid);
    if (earlier !== undefined) {
      remark('warning', `${kind} ${pruned.object.name} stands at ${earlier.file}:${earlier.line} too; this one counts`);
    }
    objects.set(pruned.object.uid, { file, line, object: pruned.object });
  }
  return { objects: withPods([...objects.values()], remarks), remarks };
}

/**
 * The kind of an object, null when it is none of ours: a Service of Knative is not a Service, and nobody knows what a
 * version of a rule that is yet to come means.
 */
function kindOf({ kind, apiVersion }: JsonObject): ObjectKind | null {
  if (typeof kind !== 'string' || !isObjectKind(kind)) return null;
  if (typeof apiVersion !== 'string') return kind;
  const known = resources[kind].apiVersion;
  const ours = groupOf(known) === 'kubeovn.io';
  return apiVersion === known || (!ours && groupOf(apiVersion) === groupOf(known)) ? kind : null;
}

/** Empty for the core group. */
function groupOf(apiVersion: string): string {
  return apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
}

function described({ kind, apiVersion }: JsonObject): string {
  if (typeof kind !== 'string') return 'an object without a kind';
  const known = `the kind ${shortened(kind, longestName)}`;
  return typeof apiVersion === 'string' ? `${known} of ${shortened(apiVersion, longestName)}` : known;
}

/** Names that no API server has judged may be of any length. */
const longestName = 100;

const clusterScoped: ReadonlySet<ObjectKind> = new Set(['Namespace', 'ClusterEgressRule']);

/** A manifest that no API server has seen yet lacks what that would have added. */
function identified(kind: ObjectKind, source: JsonObject): JsonObject {
  const metadata = isJsonObject(source['metadata']) ? source['metadata'] : {};
  const { namespace, ...rest } = metadata;
  const { name } = rest;
  const place = clusterScoped.has(kind) ? '' : typeof namespace === 'string' ? namespace : 'default';
  const uid = `${kind}/${place}/${typeof name === 'string' ? name : ''}`;
  return {
    ...source,
    metadata: {
      ...rest,
      ...(place === '' ? {} : { namespace: place }),
      uid,
      resourceVersion: '1',
      generation: metadata['generation'] ?? 1,
    },
    ...(kind === 'EndpointSlice' ? { endpoints: withoutPodUids(source['endpoints']) } : {}),
  };
}

/** Offline a pod is known by its name: the uid in an endpoint's targetRef is that of a cluster which nobody asks. */
function withoutPodUids(endpoints: JsonValue | undefined): JsonValue {
  if (!Array.isArray(endpoints)) return [];
  return (endpoints as readonly JsonValue[]).map((endpoint) => {
    if (!isJsonObject(endpoint) || !isJsonObject(endpoint['targetRef'])) return endpoint;
    const { uid: _, ...targetRef } = endpoint['targetRef'];
    return { ...endpoint, targetRef };
  });
}

/** The older kind Endpoints, which CES 0.5 watched, said in the newer one. */
function asEndpointSlice(source: JsonObject): JsonObject {
  if (source['kind'] !== 'Endpoints') return source;
  const metadata = isJsonObject(source['metadata']) ? source['metadata'] : {};
  const subsets = Array.isArray(source['subsets']) ? (source['subsets'] as readonly JsonValue[]) : [];
  const endpoints = subsets.flatMap((subset) => {
    if (!isJsonObject(subset)) return [];
    return [subset['addresses'], subset['notReadyAddresses']].flatMap((list) =>
      Array.isArray(list) ? (list as readonly JsonValue[]).flatMap(endpointOf) : [],
    );
  });
  const labels = { 'kubernetes.io/service-name': metadata['name'] ?? '' };
  return { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', metadata: { ...metadata, labels }, endpoints };
}

function endpointOf(address: JsonValue): JsonObject[] {
  if (!isJsonObject(address) || address['ip'] === undefined) return [];
  const { targetRef } = address;
  return [{ addresses: [address['ip']], ...(targetRef === undefined ? {} : { targetRef }) }];
}

/**
 * An endpoint counts only while its pod lives. Where the input has no pod at all, nothing can be said of that: then every
 * endpoint counts, and a warning says so.
 */
function withPods(objects: PlacedObject[], remarks: Remark[]): PlacedObject[] {
  const slices = objects.filter(
    (placed): placed is Place & { object: EndpointSliceObject } => placed.object.kind === 'EndpointSlice',
  );
  const [first] = slices;
  if (first === undefined || objects.some(({ object }) => object.kind === 'Pod')) return objects;
  const message = 'the input has no Pod: every endpoint is taken for a living one';
  remarks.push({ file: first.file, line: first.line, severity: 'warning', message, leftOut: false });
  return [
    ...objects.filter(({ object }) => object.kind !== 'EndpointSlice'),
    ...slices.flatMap((placed) => {
      const pods = placed.object.content.endpoints.map((endpoint, index) =>
        podOf(placed.object, endpoint.addresses, index),
      );
      const endpoints = pods.map(({ namespace, name, content }) => ({
        addresses: content.addresses,
        pod: { namespace, name, uid: null },
      }));
      const slice = { ...placed.object, content: { ...placed.object.content, endpoints } };
      return [{ ...placed, object: slice }, ...pods.map((object) => ({ ...placed, object }))];
    }),
  ];
}

function podOf(slice: EndpointSliceObject, addresses: readonly string[], index: number): PodObject {
  const name = `${slice.name}-endpoint-${String(index)}`;
  return {
    ...slice,
    kind: 'Pod',
    name,
    uid: `Pod/${slice.namespace}/${name}`,
    content: { labels: {}, addresses, hostNetwork: false, finished: false, owner: null },
  };
}
