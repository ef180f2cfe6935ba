import { KubeConfig } from '@kubernetes/client-node';
import { type KubernetesSettings } from '#platform/settings-sections';

/**
 * Where the API server is, and with which credentials and TLS settings to speak to it.
 * @throws Error when a kubeconfig file cannot be read, or names no cluster.
 */
export function loadKubeConfig(settings: KubernetesSettings): KubeConfig {
  const config = new KubeConfig();
  if (settings.access === 'in-cluster') {
    config.loadFromCluster();
    return config;
  }
  for (const [index, file] of settings.files.entries()) {
    if (index === 0) {
      config.loadFromFile(file);
    } else {
      const more = new KubeConfig();
      more.loadFromFile(file);
      config.mergeConfig(more, true);
    }
  }
  const cluster = config.getCurrentCluster();
  if (cluster === null) {
    throw new Error(
      `The current context of ${settings.files.join(', ')} names no cluster. Set one with kubectl config.`,
    );
  }
  const { server } = settings;
  if (server === undefined) return config;
  const replaced = new KubeConfig();
  replaced.loadFromOptions({
    clusters: config.clusters.map((each) => (each.name === cluster.name ? { ...each, server } : each)),
    users: config.users,
    contexts: config.contexts,
    currentContext: config.currentContext,
  });
  return replaced;
}

/**
 * Where the Lease of the installation is: in a pod, its own namespace, where its Role lets it write one; elsewhere, the
 * namespace that the kubeconfig's context names, and without one that of the configuration.
 */
export function leaseNamespace(config: KubeConfig, configured: string): string {
  return config.getContextObject(config.getCurrentContext())?.namespace ?? configured;
}
