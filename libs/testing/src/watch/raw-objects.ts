import { type JsonObject } from '#core/json';

/** Objects as the API server sends them. A test names what matters to it: members given are laid over the defaults. */
export interface Raw {
  readonly metadata?: JsonObject;
  readonly spec?: JsonObject;
  readonly status?: JsonObject;
}

export function rawPod({ metadata = {}, spec = {}, status = {} }: Raw = {}): JsonObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'web-1',
      namespace: 'shop',
      uid: 'pod-uid-1',
      resourceVersion: '100',
      creationTimestamp: '2026-01-01T00:00:00Z',
      labels: { app: 'web' },
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-7d9f', uid: 'rs-1', controller: true }],
      managedFields: [
        { manager: 'kube-controller-manager', operation: 'Update', time: '2026-01-01T00:00:00Z' },
        { manager: 'kubelet', operation: 'Update', time: '2026-01-01T00:00:05Z', subresource: 'status' },
      ],
      ...metadata,
    },
    spec: { nodeName: 'node-1', containers: [{ name: 'web', image: 'nginx' }], ...spec },
    status: { phase: 'Running', podIP: '10.1.2.3', podIPs: [{ ip: '10.1.2.3' }], ...status },
  };
}

export function rawNamespace({ metadata = {}, spec = {}, status = {} }: Raw = {}): JsonObject {
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      name: 'shop',
      uid: 'namespace-uid-1',
      resourceVersion: '90',
      creationTimestamp: '2026-01-01T00:00:00Z',
      labels: { 'kubernetes.io/metadata.name': 'shop' },
      ...metadata,
    },
    spec: { finalizers: ['kubernetes'], ...spec },
    status: { phase: 'Active', ...status },
  };
}

export function rawService({ metadata = {}, spec = {}, status = {} }: Raw = {}): JsonObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: 'web',
      namespace: 'shop',
      uid: 'service-uid-1',
      resourceVersion: '95',
      creationTimestamp: '2026-01-01T00:00:00Z',
      ...metadata,
    },
    spec: { selector: { app: 'web' }, ports: [{ port: 80 }], ...spec },
    status: { loadBalancer: {}, ...status },
  };
}

export interface RawSlice {
  readonly metadata?: JsonObject;
  /** Laid over the slice itself, which has neither spec nor status. */
  readonly members?: JsonObject;
}

export function rawEndpointSlice({ metadata = {}, members = {} }: RawSlice = {}): JsonObject {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: 'web-abcde',
      namespace: 'shop',
      uid: 'slice-uid-1',
      resourceVersion: '105',
      creationTimestamp: '2026-01-01T00:00:00Z',
      labels: { 'kubernetes.io/service-name': 'web' },
      ...metadata,
    },
    addressType: 'IPv4',
    endpoints: [
      {
        addresses: ['10.1.2.3'],
        conditions: { ready: true },
        targetRef: { kind: 'Pod', namespace: 'shop', name: 'web-1', uid: 'pod-uid-1' },
      },
    ],
    ports: [{ port: 8080 }],
    ...members,
  };
}

export function rawPodRule({ metadata = {}, spec = {}, status = {} }: Raw = {}): JsonObject {
  return {
    apiVersion: 'kubeovn.io/v1alpha1',
    kind: 'PodEgressRule',
    metadata: {
      name: 'allow-payments',
      namespace: 'shop',
      uid: 'rule-uid-1',
      resourceVersion: '110',
      generation: 1,
      creationTimestamp: '2026-01-01T00:00:00Z',
      managedFields: [{ manager: 'kubectl-client-side-apply', operation: 'Update', time: '2026-01-01T00:00:00Z' }],
      ...metadata,
    },
    spec: {
      action: 'accept',
      podSelector: { matchLabels: { app: 'web' } },
      externalServices: ['payments'],
      ...spec,
    },
    ...(Object.keys(status).length === 0 ? {} : { status }),
  };
}
