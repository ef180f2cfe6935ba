import { type JsonValue } from './json.js';
import { type ObjectKind, type RuleKind } from './kinds.js';
import { type ResourceVersion } from './resource-version.js';

/**
 * What CES keeps of a Kubernetes object: pruned to the fields that matter before it leaves the watcher.
 * Raise this number when the pruning changes: it is part of an event's identity, so that the next snapshot
 * records every object anew.
 */
export const pruningScheme = 1;

export interface Labels {
  readonly [key: string]: string;
}

export interface ObjectReference {
  readonly kind: ObjectKind;
  readonly uid: string;
  /** Empty for cluster-scoped kinds. */
  readonly namespace: string;
  readonly name: string;
}

interface Observed<Kind extends ObjectKind, Content> extends ObjectReference {
  readonly kind: Kind;
  readonly resourceVersion: ResourceVersion;
  /** 0 where the kind has none. */
  readonly generation: number;
  /** RFC 3339, null when the API server gave none. */
  readonly createdAt: string | null;
  /** The field manager that wrote the spec last: a tool's name chosen by the client, so a hint and no proof. */
  readonly manager: string | null;
  readonly content: Content;
}

export interface NamespaceContent {
  readonly labels: Labels;
  /** The annotation `ovn.kubernetes.io/cidr` as it stands, null without one. */
  readonly cidr: string | null;
}

export interface PodContent {
  readonly labels: Labels;
  /** `status.podIPs`, as reported by the pod's kubelet. */
  readonly addresses: readonly string[];
  readonly hostNetwork: boolean;
  /** Succeeded or Failed: its addresses count as gone. */
  readonly finished: boolean;
  /** The controlling owner, `ReplicaSet/web-7d9f`, for the audit. */
  readonly owner: string | null;
}

export interface ServiceContent {
  readonly hasSelector: boolean;
}

export interface EndpointSliceContent {
  /** The label `kubernetes.io/service-name`, null when the slice belongs to no service. */
  readonly service: string | null;
  readonly endpoints: readonly Endpoint[];
}

export interface Endpoint {
  readonly addresses: readonly string[];
  /** `targetRef` when it names a Pod. */
  readonly pod: { readonly namespace: string; readonly name: string; readonly uid: string | null } | null;
}

/** CES kinds keep their whole spec: it is judged by the projection, so that a better judge can replay it. */
export interface SpecContent {
  readonly spec: JsonValue;
}

export type NamespaceObject = Observed<'Namespace', NamespaceContent>;
export type PodObject = Observed<'Pod', PodContent>;
export type ServiceObject = Observed<'Service', ServiceContent>;
export type EndpointSliceObject = Observed<'EndpointSlice', EndpointSliceContent>;
export type ExternalServiceObject = Observed<'ExternalService', SpecContent>;
export type RuleObject = Observed<RuleKind, SpecContent>;

export type ClusterObject =
  NamespaceObject | PodObject | ServiceObject | EndpointSliceObject | ExternalServiceObject | RuleObject;
