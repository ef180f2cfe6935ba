import { resources } from '../kinds/catalogue.js';
import { namespaceResource } from '../kinds/namespace.js';
import { deleteObject } from '../writes/deletion.js';
import { keyOf, type Registry } from '../writes/registry.js';

const namespaced = resources.filter((resource) => resource.namespaced && resource.conversion === undefined);
const manager = 'kube-controller-manager';

/** Empties a namespace that is being deleted, and lets it go when nothing is left in it. */
export function startNamespaceController(registry: Registry): void {
  const ending = new Set<string>();
  registry.store.onEvent(({ storage, type, object }) => {
    const { name, namespace = '', deletionTimestamp } = object.metadata;
    if (storage === 'namespaces') {
      if (type === 'DELETED') ending.delete(name);
      if (type !== 'MODIFIED' || deletionTimestamp === undefined || ending.has(name)) return;
      ending.add(name);
      empty(registry, name);
      finalizeIfEmpty(registry, name);
    } else if (type === 'DELETED' && ending.has(namespace)) {
      finalizeIfEmpty(registry, namespace);
    }
  });
}

function empty(registry: Registry, namespace: string): void {
  for (const resource of namespaced) {
    const names = [...registry.store.entries(resource.storage, keyOf(resource, namespace, ''))].map(
      ([, { metadata }]) => metadata.name,
    );
    for (const name of names)
      deleteObject(registry, resource, namespace, name, { gracePeriodSeconds: 0, dryRun: false });
  }
}

function finalizeIfEmpty(registry: Registry, namespace: string): void {
  const left = namespaced.some((resource) => {
    const [first] = registry.store.entries(resource.storage, keyOf(resource, namespace, ''));
    return first !== undefined;
  });
  const found = registry.store.get('namespaces', namespace);
  if (left || found === undefined) return;
  const finalized = { ...found, spec: { finalizers: [] } };
  registry.replace(namespaceResource, '', namespace, 'finalize', finalized, { manager, dryRun: false });
}
