import { hash } from 'node:crypto';
import { isRuleKind } from '#core/kinds';
import { type ClusterObject } from '#core/objects';
import { compareVersions, type ResourceVersion } from '#core/resource-version';

interface Entry {
  readonly digest: string;
  readonly resourceVersion: ResourceVersion;
}

/** What the watcher does with an object that it sees. `bytes`: the size of its pruned content as JSON. */
export type Sighting = { readonly news: boolean; readonly bytes: number };

/**
 * What the watcher passed on of one kind, by uid: a digest of the content and its version, never the object itself.
 * It tells an update that changes something from one that does not. It is no truth: what it does not know is news.
 */
export class KnownObjects {
  readonly #entries = new Map<string, Entry>();

  get size(): number {
    return this.#entries.size;
  }

  /** News: an object not seen before, or other content (of a rule: or generation) in a later version. Then it is known. */
  see(object: ClusterObject): Sighting {
    const content = JSON.stringify(object.content);
    // The status of a rule says which generation it speaks of.
    const digested = isRuleKind(object.kind) ? `${object.generation} ${content}` : content;
    const sighting = { bytes: content.length };
    const before = this.#entries.get(object.uid);
    if (before !== undefined && compareVersions(object.resourceVersion, before.resourceVersion) <= 0) {
      return { ...sighting, news: false };
    }
    const digest = hash('sha256', digested, 'base64');
    this.#entries.set(object.uid, { digest, resourceVersion: object.resourceVersion });
    return { ...sighting, news: before?.digest !== digest };
  }

  forget(uid: string): void {
    this.#entries.delete(uid);
  }
}
