import { type JsonObject } from '#core/json';
import { type RuleKind } from '#core/kinds';
import {
  type Endpoint,
  type EndpointSliceObject,
  type ExternalServiceObject,
  type NamespaceObject,
  type PodObject,
  type RuleObject,
  type ServiceObject,
} from '#core/objects';

/** Objects as the watcher passes them on, in the namespace `shop` unless a test says otherwise. */
interface Common {
  readonly namespace?: string;
  readonly name?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly createdAt?: string;
  readonly manager?: string | null;
}

function observed(kind: string, { namespace = 'shop', name = 'web', ...rest }: Common) {
  return {
    uid: rest.uid ?? `${kind}/${namespace}/${name}`,
    namespace,
    name,
    resourceVersion: rest.resourceVersion ?? '1',
    generation: rest.generation ?? 1,
    createdAt: rest.createdAt ?? '2026-01-01T00:00:00Z',
    manager: rest.manager === undefined ? 'kubectl' : rest.manager,
  };
}

export function namespace(
  name: string,
  { labels = {}, cidr = null, ...rest }: Common & Partial<NamespaceObject['content']> = {},
): NamespaceObject {
  return {
    kind: 'Namespace',
    ...observed('Namespace', { ...rest, name, namespace: '' }),
    content: { labels, cidr },
  };
}

export function pod(name: string, options: Common & Partial<PodObject['content']> = {}): PodObject {
  const {
    labels = { app: 'web' },
    addresses = [],
    hostNetwork = false,
    finished = false,
    owner = null,
    ...rest
  } = options;
  return {
    kind: 'Pod',
    ...observed('Pod', { ...rest, name }),
    content: { labels, addresses, hostNetwork, finished, owner },
  };
}

export function service(name: string, options: Common = {}): ServiceObject {
  return { kind: 'Service', ...observed('Service', { ...options, name }), content: { hasSelector: true } };
}

/** The endpoints of a service: these pods. */
export function endpoints(
  serviceName: string,
  pods: readonly PodObject[],
  options: Common & { readonly endpoints?: readonly Endpoint[] } = {},
): EndpointSliceObject {
  const named = pods.map((target): Endpoint => ({
    addresses: target.content.addresses,
    pod: { namespace: target.namespace, name: target.name, uid: target.uid },
  }));
  return {
    kind: 'EndpointSlice',
    ...observed('EndpointSlice', { name: `${serviceName}-slice`, ...options }),
    content: { service: serviceName, endpoints: options.endpoints ?? named },
  };
}

export function externalService(name: string, spec: JsonObject = {}, options: Common = {}): ExternalServiceObject {
  return {
    kind: 'ExternalService',
    ...observed('ExternalService', { ...options, name }),
    content: { spec: { addresses: ['198.51.100.7'], ports: [{ protocol: 'TCP', port: '443' }], ...spec } },
  };
}

function rule(kind: RuleKind, name: string, spec: JsonObject, options: Common): RuleObject {
  return {
    kind,
    ...observed(kind, { ...options, name }),
    content: { spec: { action: 'accept', externalServices: ['payments'], ...spec } },
  };
}

export function clusterRule(name: string, spec: JsonObject = {}, options: Common = {}): RuleObject {
  return rule('ClusterEgressRule', name, { action: 'accept-decisively', ...spec }, { ...options, namespace: '' });
}

export function namespaceRule(name: string, spec: JsonObject = {}, options: Common = {}): RuleObject {
  return rule('NamespaceEgressRule', name, { action: 'accept-decisively', ...spec }, options);
}

export function serviceRule(name: string, spec: JsonObject = {}, options: Common = {}): RuleObject {
  return rule('ServiceEgressRule', name, { service: 'web', ...spec }, options);
}

export function podRule(name: string, spec: JsonObject = {}, options: Common = {}): RuleObject {
  return rule('PodEgressRule', name, { podSelector: { matchLabels: { app: 'web' } }, ...spec }, options);
}

/** The text of a ces-conf.yaml; the namespaces `shop` and `bank` belong to Common unless a test says otherwise. */
export function configurationText(changes: JsonObject = {}): string {
  return JSON.stringify({
    clusterName: 'k8s',
    tenant: [
      { name: 'Common', namespaces: 'shop,bank', virtualService: {}, gwPool: { serverAddresses: ['192.0.2.1'] } },
    ],
    ...changes,
  });
}
