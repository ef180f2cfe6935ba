/** How a list is merged: by the keys of its elements, as a set of values, or as a whole. */
export type ListMerge =
  | { readonly merge: 'by-key'; readonly patchKey: string; readonly applyKeys: readonly string[] }
  | { readonly merge: 'set' }
  | { readonly merge: 'whole' };

const byKey = (...keys: readonly [string, ...string[]]): ListMerge => ({
  merge: 'by-key',
  patchKey: keys[0],
  applyKeys: keys,
});

const ofEveryKind: Readonly<Record<string, ListMerge>> = {
  'metadata.finalizers': { merge: 'set' },
  'metadata.ownerReferences': byKey('uid'),
  'status.conditions': byKey('type'),
};

/** After the patchMergeKey and listMapKey marks of k8s.io/api/core/v1/types.go. */
const ofKind: Readonly<Record<string, Readonly<Record<string, ListMerge>>>> = {
  Pod: {
    'spec.containers': byKey('name'),
    'spec.initContainers': byKey('name'),
    'spec.volumes': byKey('name'),
    'spec.imagePullSecrets': byKey('name'),
    'spec.containers[].ports': byKey('containerPort', 'protocol'),
    'spec.containers[].env': byKey('name'),
    'spec.containers[].volumeMounts': byKey('mountPath'),
    'status.podIPs': byKey('ip'),
  },
  Service: { 'spec.ports': byKey('port', 'protocol') },
};

/** @param path member names joined by dots, with `[]` after a list whose element is meant: `spec.containers[].env`. */
export function listMerge(kind: string, path: string): ListMerge {
  return ofKind[kind]?.[path] ?? ofEveryKind[path] ?? { merge: 'whole' };
}

export const childPath = (path: string, field: string): string => (path === '' ? field : `${path}.${field}`);

export const elementPath = (path: string): string => `${path}[]`;
