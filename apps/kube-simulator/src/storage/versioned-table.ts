import { type KubeObject } from '../objects/kube-object.js';

interface Version {
  readonly revision: number;
  /** Undefined: deleted at this revision. */
  readonly object: KubeObject | undefined;
}

/** Objects by key with their earlier versions, keys in the order of their bytes, as etcd keeps them. */
export class VersionedTable {
  readonly #versions = new Map<string, Version[]>();
  readonly #keys: string[] = [];
  readonly #changedSinceCompaction = new Set<string>();
  #size = 0;

  /** How many objects there are now. */
  get size(): number {
    return this.#size;
  }

  get(key: string, revision: number): KubeObject | undefined {
    return this.#versions.get(key)?.findLast((version) => version.revision <= revision)?.object;
  }

  /** The objects whose keys begin with `prefix`, from the key `start` on. */
  *entries(prefix: string, revision: number, start: string): Iterable<readonly [string, KubeObject]> {
    for (let index = this.#position(start); index < this.#keys.length; index += 1) {
      const key = this.#keys[index];
      if (key === undefined || !key.startsWith(prefix)) return;
      const object = this.get(key, revision);
      if (object !== undefined) yield [key, object];
    }
  }

  set(key: string, revision: number, object: KubeObject | undefined): void {
    const versions = this.#versions.get(key);
    const existed = versions?.at(-1)?.object !== undefined;
    if (versions === undefined) {
      this.#versions.set(key, [{ revision, object }]);
      this.#keys.splice(this.#position(key), 0, key);
    } else {
      versions.push({ revision, object });
    }
    this.#changedSinceCompaction.add(key);
    this.#size += Number(object !== undefined) - Number(existed);
  }

  /** Forgets what no read at `revision` or later can see. */
  compact(revision: number): void {
    for (const key of this.#changedSinceCompaction) {
      const versions = this.#versions.get(key) ?? [];
      const current = versions.findLastIndex((version) => version.revision <= revision);
      const kept = versions.slice(Math.max(current, 0));
      const [oldest] = kept;
      if (oldest?.object === undefined && oldest !== undefined && oldest.revision <= revision) kept.shift();
      if (kept.length === 0) this.#forget(key);
      else this.#versions.set(key, kept);
      if (kept.length <= 1 && (kept[0]?.revision ?? 0) <= revision) this.#changedSinceCompaction.delete(key);
    }
  }

  #forget(key: string): void {
    this.#versions.delete(key);
    this.#keys.splice(this.#position(key), 1);
  }

  /** Where a key stands, or would. */
  #position(key: string): number {
    let low = 0;
    let high = this.#keys.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#keys[middle] ?? '') < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
