import { z } from 'zod';
import { canonicalJson, type JsonObject } from '#core/json';
import { type ApiResource } from './kinds/api-resource.js';
import { resourceOfKind, resources } from './kinds/catalogue.js';
import { parseManifests } from './manifests.js';
import { member, parseDraft, type Draft, type KubeObject } from './objects/kube-object.js';
import { deleteObject } from './writes/deletion.js';
import { keyOf, type Registry } from './writes/registry.js';

/** The objects of a simulator from within its process, under the same rules as over HTTP. */
export class ObjectAccess {
  constructor(protected readonly registry: Registry) {}

  /**
   * Creates the object, or replaces the one of its name; then its status, where the manifest has one and the kind
   * keeps it apart. Without a namespace it goes to `default`.
   * @throws ApiError as a client would get it; Error for a kind that the simulator does not serve
   */
  apply(manifest: object, manager = 'kube-simulator'): KubeObject {
    const draft = parseDraft(toJson(manifest));
    const resource = requireKind(draft.kind, draft.apiVersion);
    const { name = '', namespace = 'default' } = draft.metadata;
    const place = resource.namespaced ? namespace : '';
    const options = { manager, dryRun: false };
    const current = this.registry.store.get(resource.storage, keyOf(resource, place, name));
    const written =
      current === undefined
        ? this.registry.create(resource, place, draft, options)
        : this.registry.replace(resource, place, name, '', replacement(draft, current), options).object;
    const { status } = draft;
    if (status === undefined || !resource.statusSubresource) return written;
    const { name: writtenName } = written.metadata;
    const latest = { ...this.registry.get(resource, place, writtenName), status };
    return this.registry.replace(resource, place, writtenName, 'status', latest, options).object;
  }

  /**
   * Applies every object of YAML or JSON text, in its order, and leaves the traces of `kubectl apply` on it.
   * @throws Error that names the line of the document
   */
  applyManifests(text: string): readonly KubeObject[] {
    return parseManifests(text).map(({ content, line }) => {
      try {
        return this.apply(withLastApplied(content), 'kubectl-client-side-apply');
      } catch (error) {
        const what = error instanceof Error ? error.message : String(error);
        throw new Error(`line ${line}: ${what}`, { cause: error });
      }
    });
  }

  /**
   * Sets the whole status of an object, as its controller would.
   * @throws ApiError 404
   */
  status(kind: string, namespace: string, name: string, status: object): KubeObject {
    const resource = requireKind(kind);
    const next = { ...this.registry.get(resource, namespace, name), status: toJson(status) };
    const options = { manager: 'kube-simulator', dryRun: false };
    return this.registry.replace(resource, namespace, name, 'status', next, options).object;
  }

  /**
   * Deletes without grace; a finalizer holds the object all the same.
   * @throws ApiError 404
   */
  delete(kind: string, namespace: string, name: string): void {
    deleteObject(this.registry, requireKind(kind), namespace, name, { gracePeriodSeconds: 0, dryRun: false });
  }

  /**
   * Another object of the same name and content, with a new uid, as a StatefulSet makes it.
   * @throws ApiError 404
   */
  recreate(kind: string, namespace: string, name: string): KubeObject {
    const old = this.registry.get(requireKind(kind), namespace, name);
    const { labels = {}, annotations = {} } = old.metadata;
    this.delete(kind, namespace, name);
    return this.apply({ ...old, metadata: { name, ...(namespace === '' ? {} : { namespace }), labels, annotations } });
  }

  get(kind: string, namespace: string, name: string): KubeObject | undefined {
    const resource = requireKind(kind);
    return this.registry.store.get(resource.storage, keyOf(resource, namespace, name));
  }

  /** The objects of a kind, of one namespace or of all, in the order of their namespaces and names. */
  list(kind: string, namespace?: string): readonly KubeObject[] {
    const prefix = namespace === undefined ? '' : `${namespace}/`;
    return [...this.registry.store.entries(requireKind(kind).storage, prefix)].map(([, object]) => object);
  }
}

/** With the annotation in which kubectl apply keeps what was applied, to find out later what is no longer there. */
function withLastApplied(content: JsonObject): JsonObject {
  const metadata = member(content, 'metadata');
  const annotations = member(metadata, 'annotations');
  const applied = { ...content, metadata: { ...metadata, annotations } };
  const trace = { 'kubectl.kubernetes.io/last-applied-configuration': `${canonicalJson(applied)}\n` };
  return { ...content, metadata: { ...metadata, annotations: { ...annotations, ...trace } } };
}

/** A replacement of the current object, whatever its version; a pod keeps what its node and defaults gave it. */
function replacement(draft: Draft, current: KubeObject): JsonObject {
  const { resourceVersion } = current.metadata;
  const spec = draft.kind === 'Pod' ? { spec: { ...member(current, 'spec'), ...member(draft, 'spec') } } : {};
  return { ...draft, ...spec, metadata: { ...draft.metadata, resourceVersion } };
}

/** Without what JSON cannot say: undefined members go, dates become text. */
function toJson(value: object): JsonObject {
  return z.record(z.string(), z.json()).parse(JSON.parse(JSON.stringify(value)));
}

function requireKind(kind: string, apiVersion?: string): ApiResource {
  const found = resourceOfKind(kind, apiVersion);
  if (found !== undefined) return found;
  const served = [...new Set(resources.map((resource) => resource.kind))].join(', ');
  const what = apiVersion === undefined ? kind : `${kind} of ${apiVersion}`;
  throw new Error(`the simulator serves no ${what}; it serves ${served}`);
}
