import { type EndpointSliceObject, type NamespaceObject, type PodObject, type ServiceObject } from './objects.js';
import { canonicalPrefix } from './network.js';
import { type Problem } from './problem.js';
import { type SourceSelector } from './rule.js';
import { selects } from './selector.js';

/** The objects of one cluster, as far as source sets need them. */
export interface ClusterView {
  namespace(name: string): NamespaceObject | undefined;
  namespaces(): Iterable<NamespaceObject>;
  podsIn(namespace: string): Iterable<PodObject>;
  pod(namespace: string, name: string): PodObject | undefined;
  service(namespace: string, name: string): ServiceObject | undefined;
  endpointSlicesOf(namespace: string, service: string): Iterable<EndpointSliceObject>;
}

export interface SourceOptions {
  /** `namespaceSource` in ces-conf.yaml. */
  readonly namespaceSource: 'auto' | 'annotation' | 'pods';
  /** `endpointsWithoutPods: allow`: endpoints that no pod stands behind count as sources. */
  readonly endpointsWithoutPods: boolean;
}

/** One prefix of a source set, and whose it is: a pod's, or (pod null) a namespace's CIDR or an endpoint without a pod. */
export interface SourceGrant {
  readonly prefix: string;
  readonly pod: { readonly uid: string; readonly namespace: string; readonly name: string } | null;
}

export interface ResolvedSources {
  /** Sorted by prefix, each prefix once. */
  readonly grants: readonly SourceGrant[];
  readonly problems: readonly Problem[];
}

/**
 * Turns what a rule applies to into addresses. Host-network pods are never sources, addresses of finished pods count as
 * gone, and an endpoint counts only with the addresses that its live pod reports (promise 2).
 * @throws never; what cannot be a source is left out and said in `problems`.
 */
export function resolveSources(
  source: Exclude<SourceSelector, { type: 'everyone' }>,
  view: ClusterView,
  options: SourceOptions,
): ResolvedSources {
  const collected = new Collected();
  switch (source.type) {
    case 'namespaces':
      for (const namespace of view.namespaces()) {
        if (selects(source.selector, namespace.content.labels)) addNamespace(namespace, view, options, collected);
      }
      break;
    case 'namespace': {
      const namespace = view.namespace(source.namespace);
      if (namespace === undefined)
        collected.problem('UnknownNamespace', `The namespace "${source.namespace}" does not exist.`);
      else addNamespace(namespace, view, options, collected);
      break;
    }
    case 'service':
      addService(source.namespace, source.service, view, options, collected);
      break;
    case 'pods':
      for (const pod of view.podsIn(source.namespace)) {
        if (selects(source.selector, pod.content.labels)) addPod(pod, collected);
      }
      break;
  }
  return collected.resolved();
}

class Collected {
  private readonly grants = new Map<string, SourceGrant>();
  private readonly problems = new Map<string, Problem>();
  private readonly hostNetworkPods = new Set<string>();

  add(prefix: string, pod: SourceGrant['pod']): void {
    const present = this.grants.get(prefix);
    if (present === undefined || owner(pod) < owner(present.pod)) this.grants.set(prefix, { prefix, pod });
  }

  problem(reason: Problem['reason'], message: string): void {
    this.problems.set(message, { reason, message });
  }

  hostNetwork(pod: PodObject): void {
    this.hostNetworkPods.add(`${pod.namespace}/${pod.name}`);
  }

  resolved(): ResolvedSources {
    const grants = [...this.grants.values()].sort((left, right) => (left.prefix < right.prefix ? -1 : 1));
    const hidden = [...this.hostNetworkPods].sort();
    if (hidden.length > 0) {
      const shown = hidden.slice(0, 3).join(', ');
      const more = hidden.length > 3 ? ` and ${String(hidden.length - 3)} more` : '';
      this.problem('HostNetworkPods', `Pods in the host's network are never sources: ${shown}${more}.`);
    }
    if (grants.length === 0) this.problem('NoSources', 'No address belongs to this rule now; it applies to nobody.');
    return { grants, problems: [...this.problems.values()] };
  }
}

/** One of several owners of a prefix is named, always the same one. */
function owner(pod: SourceGrant['pod']): string {
  return pod?.uid ?? '';
}

function addPod(pod: PodObject, collected: Collected): void {
  if (pod.content.finished) return;
  if (pod.content.hostNetwork) {
    collected.hostNetwork(pod);
    return;
  }
  for (const address of pod.content.addresses) {
    const prefix = canonicalPrefix(address);
    if (prefix !== null && !prefix.includes('/')) {
      collected.add(prefix, { uid: pod.uid, namespace: pod.namespace, name: pod.name });
    }
  }
}

function addNamespace(
  namespace: NamespaceObject,
  view: ClusterView,
  options: SourceOptions,
  collected: Collected,
): void {
  const { cidr } = namespace.content;
  const annotated = cidr !== null && options.namespaceSource !== 'pods';
  if (!annotated && options.namespaceSource === 'annotation') {
    collected.problem('NoSources', `The namespace "${namespace.name}" has no annotation ovn.kubernetes.io/cidr.`);
    return;
  }
  if (!annotated) {
    for (const pod of view.podsIn(namespace.name)) addPod(pod, collected);
    return;
  }
  for (const text of cidr.split(',')) {
    const prefix = canonicalPrefix(text);
    if (prefix === null || prefix.endsWith('/0')) {
      const shown = text.trim().slice(0, 60);
      collected.problem(
        'InvalidAddress',
        `The annotation ovn.kubernetes.io/cidr of "${namespace.name}" holds "${shown}", which is no CIDR of a namespace.`,
      );
    } else collected.add(prefix, null);
  }
}

function addService(
  namespace: string,
  service: string,
  view: ClusterView,
  options: SourceOptions,
  collected: Collected,
): void {
  let slices = 0;
  for (const slice of view.endpointSlicesOf(namespace, service)) {
    slices += 1;
    for (const endpoint of slice.content.endpoints) {
      if (endpoint.pod === null) {
        if (options.endpointsWithoutPods)
          endpoint.addresses.forEach((address) => {
            addBare(address, collected);
          });
        continue;
      }
      const pod = endpoint.pod.namespace === namespace ? view.pod(namespace, endpoint.pod.name) : undefined;
      if (pod !== undefined && (endpoint.pod.uid === null || endpoint.pod.uid === pod.uid)) addPod(pod, collected);
    }
  }
  if (slices === 0 && view.service(namespace, service) === undefined) {
    collected.problem('UnknownService', `The service "${service}" does not exist in the namespace "${namespace}".`);
  }
}

function addBare(address: string, collected: Collected): void {
  const prefix = canonicalPrefix(address);
  if (prefix !== null && !prefix.includes('/')) collected.add(prefix, null);
}
