import { type EndpointSliceObject, type NamespaceObject, type PodObject, type ServiceObject } from './objects.js';
import { namespacePrefix, podAddress } from './network.js';
import { compareTexts } from './order.js';
import { firstProblems, type Problem } from './problem.js';
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
  /**
   * The route domain in which a namespace's addresses live, 0 where route domains are off; null for a namespace that is
   * in no tenant: its addresses are nobody's then.
   */
  readonly routeDomainOf: (namespace: string) => number | null;
}

/** One prefix of a source set, and whose it is: a pod's, or (pod null) a namespace's CIDR or an endpoint without a pod. */
export interface SourceGrant {
  /** Canonical, without a route domain. */
  readonly prefix: string;
  readonly routeDomain: number;
  readonly namespace: string;
  readonly pod: { readonly uid: string; readonly name: string } | null;
}

export interface ResolvedSources {
  /** Sorted by prefix, then route domain; each pair once. */
  readonly grants: readonly SourceGrant[];
  readonly problems: readonly Problem[];
  /** Namespaces whose annotation is missing where it is asked for, or could not be read in full. */
  readonly unreadable: readonly string[];
}

/** What makes two grants of one rule the same address. */
export function grantKey(grant: Pick<SourceGrant, 'prefix' | 'routeDomain'>): string {
  return grant.routeDomain === 0 ? grant.prefix : `${grant.prefix}%${grant.routeDomain}`;
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
  const collected = new Collected(options.routeDomainOf);
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
  private readonly leftOut = new Set<string>();
  private readonly unreadable = new Set<string>();

  constructor(private readonly routeDomainOf: SourceOptions['routeDomainOf']) {}

  add(namespace: string, prefix: string, pod: SourceGrant['pod']): void {
    const routeDomain = this.routeDomainOf(namespace);
    if (routeDomain === null) {
      this.leftOut.add(namespace);
      return;
    }
    const grant = { prefix, routeDomain, namespace, pod };
    const key = grantKey(grant);
    const present = this.grants.get(key);
    if (present === undefined || owner(grant) < owner(present)) this.grants.set(key, grant);
  }

  notReadable(namespace: string): void {
    this.unreadable.add(namespace);
  }

  problem(reason: Problem['reason'], message: string): void {
    this.problems.set(message, { reason, message });
  }

  hostNetwork(pod: PodObject): void {
    this.hostNetworkPods.add(`${pod.namespace}/${pod.name}`);
  }

  resolved(): ResolvedSources {
    const grants = [...this.grants.values()].sort(
      (left, right) => compareTexts(left.prefix, right.prefix) || left.routeDomain - right.routeDomain,
    );
    if (this.hostNetworkPods.size > 0) {
      this.problem('HostNetworkPods', `Pods in the host's network are never sources: ${some(this.hostNetworkPods)}.`);
    }
    if (this.leftOut.size > 0) {
      this.problem(
        'NamespacesLeftOut',
        `Namespaces that no tenant of ces-conf.yaml lists are left out: ${some(this.leftOut)}.`,
      );
    }
    if (grants.length === 0) this.problem('NoSources', 'No address belongs to this rule now; it applies to nobody.');
    return { grants, problems: firstProblems([...this.problems.values()]), unreadable: [...this.unreadable] };
  }
}

/** The first three in alphabetical order, and how many more there are. */
function some(names: ReadonlySet<string>): string {
  const sorted = [...names].sort();
  const more = sorted.length > 3 ? ` and ${sorted.length - 3} more` : '';
  return `${sorted.slice(0, 3).join(', ')}${more}`;
}

/** One of several owners of an address is named, always the same one. */
function owner(grant: SourceGrant): string {
  return `${grant.pod?.uid ?? ''} ${grant.namespace}`;
}

function addPod(pod: PodObject, collected: Collected): void {
  if (pod.content.finished) return;
  if (pod.content.hostNetwork) {
    collected.hostNetwork(pod);
    return;
  }
  for (const address of pod.content.addresses) {
    const prefix = podAddress(address);
    if (prefix !== null) collected.add(pod.namespace, prefix, { uid: pod.uid, name: pod.name });
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
    collected.notReadable(namespace.name);
    collected.problem('NoSources', `The namespace "${namespace.name}" has no annotation ovn.kubernetes.io/cidr.`);
    return;
  }
  if (!annotated) {
    for (const pod of view.podsIn(namespace.name)) addPod(pod, collected);
    return;
  }
  for (const text of cidr.split(',')) {
    const prefix = namespacePrefix(text);
    if (prefix === null) {
      const shown = JSON.stringify(text.trim().slice(0, 60));
      collected.notReadable(namespace.name);
      collected.problem(
        'InvalidAddress',
        `The annotation ovn.kubernetes.io/cidr of "${namespace.name}" holds ${shown}, which is no CIDR of a namespace (at least /8, or /32 of IPv6).`,
      );
    } else collected.add(namespace.name, prefix, null);
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
            addBare(namespace, address, collected);
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

function addBare(namespace: string, address: string, collected: Collected): void {
  const prefix = podAddress(address);
  if (prefix !== null) collected.add(namespace, prefix, null);
}
