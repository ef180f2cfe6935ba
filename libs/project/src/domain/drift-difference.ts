import { type JsonObject, type JsonValue } from '#core/json';

export interface LostPlace {
  readonly place: string;
  /** Full path of the policy that ought to be enforced there. */
  readonly declared: string;
  readonly found: string | null;
}

export interface DriftedObject {
  /** Full path on the device. */
  readonly object: string;
  readonly differences: readonly {
    /** missing: declared, and not there · extra: there, and not declared · changed: another value. */
    readonly type: 'missing' | 'extra' | 'changed';
    /** The names that lead to it inside the object; empty for the whole object. */
    readonly property: readonly string[];
    readonly found: JsonValue;
    readonly declared: JsonValue;
  }[];
}

/** What differs, as trees by object and property: as it was applied, and as it was found. */
export function differenceTrees({
  objects,
  enforcement,
}: {
  readonly objects: readonly DriftedObject[];
  readonly enforcement: readonly LostPlace[];
}): {
  readonly applied: JsonObject;
  readonly found: JsonObject;
} {
  const applied = new Tree();
  const found = new Tree();
  for (const { object, differences } of objects) {
    for (const { type, property, ...values } of differences) {
      const path = [object, ...property];
      if (type !== 'extra') applied.put(path, values.declared);
      if (type !== 'missing') found.put(path, values.found);
    }
  }
  for (const { place, declared, found: policy } of enforcement) {
    applied.put([place], declared);
    if (policy !== null) found.put([place], policy);
  }
  return { applied: applied.json(), found: found.json() };
}

class Tree {
  private readonly branches = new Map<string, Tree>();
  private value: JsonValue | undefined;

  put([name, ...rest]: readonly string[], value: JsonValue): void {
    if (name === undefined) {
      this.value = value;
      return;
    }
    const branch = this.branches.get(name) ?? new Tree();
    this.branches.set(name, branch);
    branch.put(rest, value);
  }

  json(): JsonObject {
    return Object.fromEntries([...this.branches].map(([name, branch]) => [name, branch.value ?? branch.json()]));
  }
}
