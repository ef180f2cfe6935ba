import { objectKinds, ruleKinds } from '#core/kinds';
import { resources } from './resources.js';

/** Something that somebody may or may not do, in the words of Kubernetes' RBAC. */
export interface Right {
  readonly verb: string;
  /** Empty for the core group. */
  readonly group: string;
  /** Plural, with a subresource as `podegressrules/status`. */
  readonly resource: string;
  /** Left out: in all namespaces. */
  readonly namespace?: string;
  readonly name?: string;
}

/** The Lease that makes one watcher of a cluster the leader. */
export const watcherLease = 'ces-watcher';

/** All that the watcher does in a cluster; `k8s/base/cluster/watcher-rights.yaml` grants it, and nothing else. */
export function watcherRights(namespace: string): readonly Right[] {
  const lease = { group: 'coordination.k8s.io', resource: 'leases', namespace };
  return [
    ...objectKinds.flatMap((kind) => {
      const { apiVersion, plural } = resources[kind];
      const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
      return ['list', 'watch'].map((verb) => ({ verb, group, resource: plural }));
    }),
    ...ruleKinds.map((kind) => ({ verb: 'patch', group: 'kubeovn.io', resource: `${resources[kind].plural}/status` })),
    { verb: 'create', group: 'events.k8s.io', resource: 'events' },
    { verb: 'create', ...lease },
    ...['get', 'update'].map((verb) => ({ verb, ...lease, name: watcherLease })),
  ];
}
