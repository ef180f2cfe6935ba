import { KubeConfig } from '@kubernetes/client-node';
import { type KubeSimulator, type KubeSimulatorOptions, startKubeSimulator } from '#apps/kube-simulator/src/simulator';
import { type ClusterFaults, type FaultyCluster } from './watched-cluster.js';

export interface SimulatedCluster extends FaultyCluster {
  readonly simulator: KubeSimulator;
  /** The config of whoever has that token, through another address if one is given. */
  configFor(token: string, url?: string): KubeConfig;
}

/** A kube-simulator of its own, with bookmarks every 300 ms and the namespace `shop`. */
export async function simulatedCluster(options: KubeSimulatorOptions = {}): Promise<SimulatedCluster> {
  const simulator = await startKubeSimulator({ bookmarkInterval: 300, ...options });
  simulator.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
  const configFor = (token: string, url = simulator.url): KubeConfig => {
    const config = new KubeConfig();
    config.loadFromString(simulator.kubeconfigFor(token).replace(simulator.url, url.replace(/\/$/, '')));
    return config;
  };
  const strikes = {
    close: 'close-watches',
    reset: 'reset-watches',
    silence: 'silence-watches',
    cut: 'cut-watches',
  } as const;
  const faults: ClusterFaults = {
    refuse(verb, resource, code, more = {}) {
      simulator.inject({ fault: 'status', verb, resource, code, ...more });
    },
    reset(verb, resource, times) {
      simulator.inject({ fault: 'reset', verb, resource, times });
    },
    strikeWatches(resource, how, code = 500) {
      if (how === 'error') simulator.inject({ fault: 'fail-watches', resource, code });
      else simulator.inject({ fault: strikes[how], resource });
    },
    loseEvents(resource, times) {
      simulator.inject({ fault: 'drop-event', resource, times });
    },
    clear() {
      simulator.clearFaults();
    },
    compact() {
      simulator.compact();
    },
    inGap: (change, how) => simulator.inWatchGap(change, how),
    recreate(kind, namespace, name) {
      simulator.recreate(kind, namespace, name);
    },
    applyNow(manifest) {
      simulator.apply(manifest);
    },
    removeNow(kind, namespace, name) {
      simulator.delete(kind, namespace, name);
    },
    backup() {
      const backup = simulator.backup();
      return () => {
        simulator.restore(backup);
      };
    },
    openWatches: (resource) => simulator.watchCount(resource),
    requests: () => simulator.requests,
  };
  return {
    config: configFor(simulator.token),
    configFor,
    simulator,
    faults,
    apply: (manifest) => Promise.resolve(simulator.apply(manifest)),
    remove: (kind, namespace, name) => {
      simulator.delete(kind, namespace, name);
      return Promise.resolve();
    },
    close: () => simulator.close(),
  };
}
