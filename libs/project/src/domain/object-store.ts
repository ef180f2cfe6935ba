import { isRuleKind, type ObjectKind } from '#core/kinds';
import { canonicalPrefix } from '#core/network';
import {
  type ClusterObject,
  type EndpointSliceObject,
  type ExternalServiceObject,
  type NamespaceObject,
  type PodObject,
  type RuleObject,
  type ServiceObject,
} from '#core/objects';
import { type ClusterView } from '#core/source-set';
import { Multimap } from './multimap.js';

/** `namespace/name`: unique within a kind at any moment. */
export function objectKey(namespace: string, name: string): string {
  return `${namespace}/${name}`;
}

/** The objects of one cluster, with the ways by which rules reach them. */
export class ObjectStore implements ClusterView {
  private readonly byUid = new Map<ObjectKind, Map<string, ClusterObject>>();
  private readonly byName = new Map<ObjectKind, Map<string, ClusterObject>>();
  private readonly podsOfNamespace = new Multimap<string, PodObject>();
  private readonly slicesOfService = new Multimap<string, EndpointSliceObject>();
  /** Slices that name a pod, by the pod's key. */
  private readonly slicesOfPod = new Multimap<string, EndpointSliceObject>();
  private readonly namespacesOfPrefix = new Multimap<string, NamespaceObject>();

  /** Puts an object in, in the place of the one with its uid. */
  put(object: ClusterObject): void {
    this.remove(object.kind, object.uid);
    entryOf(this.byUid, object.kind).set(object.uid, object);
    entryOf(this.byName, object.kind).set(objectKey(object.namespace, object.name), object);
    this.index(object, 'add');
  }

  remove(kind: ObjectKind, uid: string): void {
    const object = this.get(kind, uid);
    if (object === undefined) return;
    entryOf(this.byUid, kind).delete(uid);
    const names = entryOf(this.byName, kind);
    const key = objectKey(object.namespace, object.name);
    if (names.get(key) === object) names.delete(key);
    this.index(object, 'delete');
  }

  get(kind: ObjectKind, uid: string): ClusterObject | undefined {
    return this.byUid.get(kind)?.get(uid);
  }

  named(kind: ObjectKind, namespace: string, name: string): ClusterObject | undefined {
    return this.byName.get(kind)?.get(objectKey(namespace, name));
  }

  ofKind(kind: ObjectKind): Iterable<ClusterObject> {
    return this.byUid.get(kind)?.values() ?? [];
  }

  rule(uid: string): RuleObject | undefined {
    for (const [kind, objects] of this.byUid) {
      const object = isRuleKind(kind) ? objects.get(uid) : undefined;
      if (object !== undefined && isRule(object)) return object;
    }
    return undefined;
  }

  *rules(): Iterable<RuleObject> {
    for (const [kind, objects] of this.byUid) {
      if (isRuleKind(kind)) for (const object of objects.values()) if (isRule(object)) yield object;
    }
  }

  externalService(namespace: string, name: string): ExternalServiceObject | undefined {
    const object = this.named('ExternalService', namespace, name);
    return object?.kind === 'ExternalService' ? object : undefined;
  }

  namespace(name: string): NamespaceObject | undefined {
    const object = this.named('Namespace', '', name);
    return object?.kind === 'Namespace' ? object : undefined;
  }

  *namespaces(): Iterable<NamespaceObject> {
    for (const object of this.ofKind('Namespace')) if (object.kind === 'Namespace') yield object;
  }

  /** Namespaces whose annotation holds this canonical prefix. */
  namespacesWith(prefix: string): Iterable<NamespaceObject> {
    return this.namespacesOfPrefix.get(prefix);
  }

  podsIn(namespace: string): Iterable<PodObject> {
    return this.podsOfNamespace.get(namespace);
  }

  pod(namespace: string, name: string): PodObject | undefined {
    const object = this.named('Pod', namespace, name);
    return object?.kind === 'Pod' ? object : undefined;
  }

  service(namespace: string, name: string): ServiceObject | undefined {
    const object = this.named('Service', namespace, name);
    return object?.kind === 'Service' ? object : undefined;
  }

  endpointSlicesOf(namespace: string, service: string): Iterable<EndpointSliceObject> {
    return this.slicesOfService.get(objectKey(namespace, service));
  }

  endpointSlicesNaming(pod: PodObject): Iterable<EndpointSliceObject> {
    return this.slicesOfPod.get(objectKey(pod.namespace, pod.name));
  }

  private index(object: ClusterObject, operation: 'add' | 'delete'): void {
    switch (object.kind) {
      case 'Namespace':
        for (const prefix of annotatedPrefixes(object)) this.namespacesOfPrefix[operation](prefix, object);
        break;
      case 'Pod':
        this.podsOfNamespace[operation](object.namespace, object);
        break;
      case 'EndpointSlice':
        if (object.content.service === null) break;
        this.slicesOfService[operation](objectKey(object.namespace, object.content.service), object);
        for (const { pod } of object.content.endpoints) {
          if (pod !== null) this.slicesOfPod[operation](objectKey(pod.namespace, pod.name), object);
        }
        break;
      case 'Service':
      case 'ExternalService':
      case 'ClusterEgressRule':
      case 'NamespaceEgressRule':
      case 'ServiceEgressRule':
      case 'PodEgressRule':
        break;
    }
  }
}

/** The prefixes in a namespace's annotation that can be read, canonical. */
export function annotatedPrefixes(namespace: NamespaceObject): string[] {
  const texts = namespace.content.cidr?.split(',') ?? [];
  return texts.flatMap((text) => canonicalPrefix(text) ?? []);
}

function isRule(object: ClusterObject): object is RuleObject {
  return isRuleKind(object.kind);
}

function entryOf(maps: Map<ObjectKind, Map<string, ClusterObject>>, kind: ObjectKind): Map<string, ClusterObject> {
  const present = maps.get(kind);
  if (present !== undefined) return present;
  const created = new Map<string, ClusterObject>();
  maps.set(kind, created);
  return created;
}
