import { watcherRights } from '#watch/domain/watcher-rights';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';

const role = z.object({
  kind: z.enum(['ClusterRole', 'Role']),
  rules: z.array(
    z.object({
      apiGroups: z.array(z.string()),
      resources: z.array(z.string()),
      verbs: z.array(z.string()),
      resourceNames: z.array(z.string()).optional(),
    }),
  ),
});

it('the roles grant what the watcher does, and nothing else', () => {
  const text = readFileSync(new URL('../../k8s/base/cluster/watcher-rights.yaml', import.meta.url), 'utf8');
  const roles = parseAllDocuments(text).flatMap((document) => role.safeParse(document.toJS()).data ?? []);
  const granted = roles.flatMap(({ kind, rules }) =>
    rules.flatMap(({ apiGroups, resources, verbs, resourceNames = [''] }) =>
      apiGroups.flatMap((group) =>
        resources.flatMap((resource) =>
          verbs.flatMap((verb) => resourceNames.map((name) => [kind, verb, group, resource, name].join(' ').trim())),
        ),
      ),
    ),
  );
  const wanted = watcherRights('ces-system').map(({ verb, group, resource, namespace, name = '' }) =>
    [namespace === undefined ? 'ClusterRole' : 'Role', verb, group, resource, name].join(' ').trim(),
  );
  expect(granted.sort()).toEqual(wanted.sort());
});
