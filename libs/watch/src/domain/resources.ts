import { type ObjectKind } from '#core/kinds';
import { type ObjectReference } from '#core/objects';

/** Where the Kubernetes API serves a kind. */
export interface Resource {
  readonly kind: ObjectKind;
  readonly apiVersion: string;
  readonly plural: string;
  readonly namespaced: boolean;
  /** Custom resources are served only once their definition is installed. */
  readonly custom: boolean;
}

const ces = 'kubeovn.io/v1alpha1';

export const resources: Readonly<Record<ObjectKind, Resource>> = {
  Namespace: builtIn('Namespace', 'v1', 'namespaces', false),
  Pod: builtIn('Pod', 'v1', 'pods', true),
  Service: builtIn('Service', 'v1', 'services', true),
  EndpointSlice: builtIn('EndpointSlice', 'discovery.k8s.io/v1', 'endpointslices', true),
  ExternalService: custom('ExternalService', 'externalservices', true),
  ClusterEgressRule: custom('ClusterEgressRule', 'clusteregressrules', false),
  NamespaceEgressRule: custom('NamespaceEgressRule', 'namespaceegressrules', true),
  ServiceEgressRule: custom('ServiceEgressRule', 'serviceegressrules', true),
  PodEgressRule: custom('PodEgressRule', 'podegressrules', true),
};

/** The path that lists a kind, in one namespace or (by default) in all of them: `/api/v1/pods`. */
export function collectionPath(kind: ObjectKind, namespace = ''): string {
  const { apiVersion, plural, namespaced } = resources[kind];
  const scope = namespaced && namespace !== '' ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  return `${groupPath(apiVersion)}${scope}/${plural}`;
}

/** The path of one object: `/apis/kubeovn.io/v1alpha1/namespaces/shop/podegressrules/web`. */
export function objectPath({ kind, namespace, name }: ObjectReference): string {
  return `${collectionPath(kind, namespace)}/${encodeURIComponent(name)}`;
}

/** `/api/v1` for the core group, else `/apis/GROUP/VERSION`. */
function groupPath(apiVersion: string): string {
  return apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}

function builtIn(kind: ObjectKind, apiVersion: string, plural: string, namespaced: boolean): Resource {
  return { kind, apiVersion, plural, namespaced, custom: false };
}

function custom(kind: ObjectKind, plural: string, namespaced: boolean): Resource {
  return { kind, apiVersion: ces, plural, namespaced, custom: true };
}
