import {
  type ClusterObject,
  type EndpointSliceObject,
  type ExternalServiceObject,
  type NamespaceObject,
  type PodObject,
  type RuleObject,
  type ServiceObject,
} from '#core/objects';
import { type JsonObject } from '#core/json';
import { type RuleKind } from '#core/kinds';

/** Builders of what a watcher sees, every field with a valid default. The uid follows from kind, namespace and name. */
type Overrides<Kind extends ClusterObject> = Partial<Omit<Kind, 'kind' | 'content'>>;

export function namespace(
  name: string,
  content: Partial<NamespaceObject['content']> = {},
  overrides: Overrides<NamespaceObject> = {},
): NamespaceObject {
  return {
    kind: 'Namespace',
    ...identity('Namespace', '', name),
    ...overrides,
    content: { labels: {}, cidr: null, ...content },
  };
}

export function pod(
  name: string,
  address: string,
  content: Partial<PodObject['content']> = {},
  overrides: Overrides<PodObject> = {},
): PodObject {
  const place = overrides.namespace ?? 'shop';
  return {
    kind: 'Pod',
    ...identity('Pod', place, name),
    ...overrides,
    content: { labels: {}, addresses: [address], hostNetwork: false, finished: false, owner: null, ...content },
  };
}

export function service(name: string, overrides: Overrides<ServiceObject> = {}): ServiceObject {
  return {
    kind: 'Service',
    ...identity('Service', overrides.namespace ?? 'shop', name),
    ...overrides,
    content: { hasSelector: true },
  };
}

/** A slice of the service with these pods behind it. */
export function endpointSlice(
  serviceName: string,
  pods: readonly PodObject[],
  overrides: Overrides<EndpointSliceObject> = {},
): EndpointSliceObject {
  return {
    kind: 'EndpointSlice',
    ...identity('EndpointSlice', overrides.namespace ?? 'shop', `${serviceName}-1`),
    ...overrides,
    content: {
      service: serviceName,
      endpoints: pods.map(({ uid, namespace: place, name, content }) => ({
        addresses: content.addresses,
        pod: { namespace: place, name, uid },
      })),
    },
  };
}

export function externalService(
  name: string,
  spec: JsonObject = {},
  overrides: Overrides<ExternalServiceObject> = {},
): ExternalServiceObject {
  return {
    kind: 'ExternalService',
    ...identity('ExternalService', overrides.namespace ?? 'shop', name),
    ...overrides,
    content: {
      spec: { addresses: ['198.51.100.7'], ports: [{ name: 'https', protocol: 'TCP', port: '443' }], ...spec },
    },
  };
}

export function rule(
  kind: RuleKind,
  name: string,
  spec: JsonObject = {},
  overrides: Overrides<RuleObject> = {},
): RuleObject {
  const place = kind === 'ClusterEgressRule' ? '' : (overrides.namespace ?? 'shop');
  return {
    kind,
    ...identity(kind, place, name),
    generation: 1,
    ...overrides,
    content: { spec: { action: 'accept', externalServices: ['bank'], ...spec } },
  };
}

function identity(kind: string, place: string, name: string) {
  return {
    uid: `${kind}/${place}/${name}`,
    namespace: place,
    name,
    resourceVersion: '1',
    generation: 0,
    createdAt: '2026-01-01T00:00:00Z',
    manager: null,
  };
}
