import { type JsonObject } from '#core/json';
import { type Manifest } from './cluster.js';

const apiVersion = 'kubeovn.io/v1alpha1';

/** Where the rules of the tests lead to, unless they say otherwise. */
export const bank = '198.51.100.10';

export function externalService(name: string, namespace: string, address: string): Manifest {
  const spec = { addresses: [address], ports: [{ name: 'https', protocol: 'TCP', port: '443' }] };
  return { apiVersion, kind: 'ExternalService', metadata: { name, namespace }, spec };
}

export function service(name: string, namespace: string): Manifest {
  const spec = { selector: { app: name }, ports: [{ port: 80 }] };
  return { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace }, spec };
}

/** Accepts, to the external service `bank` of its namespace. */
export function podRule(name: string, namespace: string, app: string, spec: JsonObject = {}): Manifest {
  return {
    apiVersion,
    kind: 'PodEgressRule',
    metadata: { name, namespace },
    spec: { action: 'accept', podSelector: { matchLabels: { app } }, externalServices: ['bank'], ...spec },
  };
}

export function serviceRule(name: string, namespace: string, serviceName: string): Manifest {
  return {
    apiVersion,
    kind: 'ServiceEgressRule',
    metadata: { name, namespace },
    spec: { action: 'accept', service: serviceName, externalServices: ['bank'] },
  };
}

export function namespaceRule(name: string, namespace: string): Manifest {
  return {
    apiVersion,
    kind: 'NamespaceEgressRule',
    metadata: { name, namespace },
    spec: { action: 'accept-decisively', externalServices: ['bank'] },
  };
}

export function clusterRule(name: string, spec: JsonObject = {}): Manifest {
  return {
    apiVersion,
    kind: 'ClusterEgressRule',
    metadata: { name },
    spec: { action: 'accept-decisively', externalServices: ['bank'], ...spec },
  };
}
