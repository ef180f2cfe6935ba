import { readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { type SimulatedUser } from '#apps/kube-simulator/src/http/access';

const role = z.object({
  kind: z.enum(['Role', 'ClusterRole']),
  rules: z.array(
    z.object({ apiGroups: z.array(z.string()), resources: z.array(z.string()), verbs: z.array(z.string()) }),
  ),
});

/** Somebody with the rights that k8s/base gives to the watcher, and no others. `namespace`: of the installation. */
export function watcherUser(token: string, namespace = 'kube-system'): SimulatedUser {
  const text = readFileSync(new URL('../../../../k8s/base/cluster/watcher-rights.yaml', import.meta.url), 'utf8');
  const roles = parseAllDocuments(text).flatMap((document) => {
    const parsed = role.safeParse(document.toJS());
    return parsed.success ? [parsed.data] : [];
  });
  return {
    token,
    username: 'system:serviceaccount:kube-system:ces-watcher',
    rules: roles.flatMap(({ kind, rules }) =>
      rules.map(({ apiGroups, resources, verbs }) => ({
        verbs,
        resources,
        groups: apiGroups,
        ...(kind === 'Role' ? { namespaces: [namespace] } : {}),
      })),
    ),
  };
}
