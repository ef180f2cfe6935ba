/** Manifests as a user, or a kubelet, would send them. All lie in the namespace `shop`. */
export function podManifest(name: string, address = '10.1.0.1', labels: Record<string, string> = { app: 'web' }) {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'shop', labels },
    spec: { containers: [{ name: 'web', image: 'nginx' }] },
    status: { phase: 'Running', podIP: address, podIPs: [{ ip: address }] },
  };
}

export function serviceManifest(name: string) {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'shop' },
    spec: { selector: { app: 'web' }, ports: [{ port: 80 }] },
  };
}

export function podRuleManifest(name: string, externalServices: readonly string[] = ['payments']) {
  return {
    apiVersion: 'kubeovn.io/v1alpha1',
    kind: 'PodEgressRule',
    metadata: { name, namespace: 'shop' },
    spec: { action: 'accept', podSelector: { matchLabels: { app: 'web' } }, externalServices },
  };
}

export function clusterRuleManifest(name: string) {
  return {
    apiVersion: 'kubeovn.io/v1alpha1',
    kind: 'ClusterEgressRule',
    metadata: { name },
    spec: { action: 'drop', externalServices: ['metadata'] },
  };
}
