/** Several values under a key, each once, in the order in which they came. */
export class Multimap<Key, Value> {
  private readonly entries = new Map<Key, Set<Value>>();

  get(key: Key): Iterable<Value> {
    return this.entries.get(key) ?? [];
  }

  add(key: Key, value: Value): void {
    const values = this.entries.get(key);
    if (values === undefined) this.entries.set(key, new Set([value]));
    else values.add(value);
  }

  delete(key: Key, value: Value): void {
    const values = this.entries.get(key);
    if (values?.delete(value) === true && values.size === 0) this.entries.delete(key);
  }
}
