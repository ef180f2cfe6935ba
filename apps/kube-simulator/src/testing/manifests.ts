import { type JsonObject } from '#core/json';

/** The smallest objects that the API takes. */
export const pod = (name: string, labels: Readonly<Record<string, string>> = {}): JsonObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'default', labels },
  spec: { containers: [{ name: 'main', image: 'registry.example/main:1' }] },
});

export const service = (name: string, selector: Readonly<Record<string, string>>): JsonObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'default' },
  spec: { selector, ports: [{ port: 80, targetPort: 8080 }] },
});

export const externalService = (name: string, ...addresses: readonly string[]): JsonObject => ({
  apiVersion: 'kubeovn.io/v1alpha1',
  kind: 'ExternalService',
  metadata: { name, namespace: 'default' },
  spec: { addresses },
});

export const serviceRule = (name: string, spec: JsonObject = {}): JsonObject => ({
  apiVersion: 'kubeovn.io/v1alpha1',
  kind: 'ServiceEgressRule',
  metadata: { name, namespace: 'default' },
  spec: { action: 'accept', service: 'web', externalServices: ['github'], ...spec },
});

export const namespace = (name: string): JsonObject => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
