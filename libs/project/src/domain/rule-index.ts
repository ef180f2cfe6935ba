import { type NamespaceObject, type PodObject } from '#core/objects';
import { type RuleSpec } from '#core/rule';
import { type LabelSelector, selects } from '#core/selector';
import { Multimap } from './multimap.js';
import { objectKey } from './object-store.js';

/** What a rule is resolved from. */
export interface Dependencies {
  readonly source: RuleSpec['source'];
  /** Keys of external services, existing or not. */
  readonly externalServices: readonly string[];
}

/** Finds the rules that a changed object touches, by uid, without looking at all of them. */
export class RuleIndex {
  private readonly dependencies = new Map<string, Dependencies>();
  private readonly byExternalService = new Multimap<string, string>();
  private readonly byNamespace = new Multimap<string, string>();
  private readonly byService = new Multimap<string, string>();
  private readonly podSelectors = new Multimap<string, string>();
  private readonly namespaceSelectors = new Map<string, LabelSelector>();

  set(uid: string, dependencies: Dependencies): void {
    this.delete(uid);
    this.dependencies.set(uid, dependencies);
    this.change(uid, dependencies, 'add');
  }

  delete(uid: string): void {
    const dependencies = this.dependencies.get(uid);
    if (dependencies === undefined) return;
    this.dependencies.delete(uid);
    this.change(uid, dependencies, 'delete');
  }

  ofExternalService(namespace: string, name: string): Iterable<string> {
    return this.byExternalService.get(objectKey(namespace, name));
  }

  ofService(namespace: string, name: string): Iterable<string> {
    return this.byService.get(objectKey(namespace, name));
  }

  /** Rules that apply to the namespace as a whole. */
  *ofNamespace(namespace: NamespaceObject): Iterable<string> {
    yield* this.byNamespace.get(namespace.name);
    for (const [uid, selector] of this.namespaceSelectors) {
      if (selects(selector, namespace.content.labels)) yield uid;
    }
  }

  /** Rules whose pod selector the pod meets. */
  *ofPod(pod: PodObject): Iterable<string> {
    for (const uid of this.podSelectors.get(pod.namespace)) {
      const source = this.dependencies.get(uid)?.source;
      if (source?.type === 'pods' && selects(source.selector, pod.content.labels)) yield uid;
    }
  }

  private change(uid: string, { source, externalServices }: Dependencies, operation: 'add' | 'delete'): void {
    for (const key of externalServices) this.byExternalService[operation](key, uid);
    switch (source.type) {
      case 'everyone':
        break;
      case 'namespaces':
        if (operation === 'add') this.namespaceSelectors.set(uid, source.selector);
        else this.namespaceSelectors.delete(uid);
        break;
      case 'namespace':
        this.byNamespace[operation](source.namespace, uid);
        break;
      case 'service':
        this.byService[operation](objectKey(source.namespace, source.service), uid);
        break;
      case 'pods':
        this.podSelectors[operation](source.namespace, uid);
        break;
    }
  }
}
