import { type JsonObject } from '#core/json';
import { compareTexts } from '#core/order';

export interface NamedObject {
  readonly name: string;
  readonly object: JsonObject;
}

/** Objects that come and go together, such as those of a rule. */
export type Part = readonly NamedObject[];

/** The objects of a declaration, sorted by name. */
export interface ObjectTable {
  readonly names: readonly string[];
  /** In the order of `names`. */
  readonly objects: readonly JsonObject[];
  has(name: string): boolean;
}

/**
 * Makes tables of parts. It remembers the last one: where the parts have the same names again, only the places of those
 * that are no longer the same object are filled anew.
 */
export class ObjectTables {
  private parts: readonly Part[] = [];
  private last: IndexedTable = indexed(new Map());

  /** @param parts in any order; no name may stand in two of them. */
  arrange(parts: readonly Part[]): ObjectTable {
    const before = this.parts;
    const sameNames =
      parts.length === before.length && parts.every((part, index) => haveSameNames(part, before[index]));
    this.last = sameNames ? patched(this.last, parts, before) : indexed(collected(parts));
    this.parts = parts;
    return this.last;
  }
}

interface IndexedTable extends ObjectTable {
  readonly index: ReadonlyMap<string, number>;
}

function haveSameNames(part: Part, other: Part | undefined): boolean {
  if (part === other) return true;
  return part.length === other?.length && part.every(({ name }, index) => name === other[index]?.name);
}

function patched(table: IndexedTable, parts: readonly Part[], before: readonly Part[]): IndexedTable {
  const objects = [...table.objects];
  parts.forEach((part, position) => {
    if (part === before[position]) return;
    for (const { name, object } of part) objects[table.index.get(name) ?? -1] = object;
  });
  return { ...table, objects };
}

function collected(parts: readonly Part[]): ReadonlyMap<string, JsonObject> {
  const all = new Map<string, JsonObject>();
  for (const part of parts) for (const { name, object } of part) all.set(name, object);
  return all;
}

function indexed(all: ReadonlyMap<string, JsonObject>): IndexedTable {
  const sorted = [...all].sort(([left], [right]) => compareTexts(left, right));
  const names = sorted.map(([name]) => name);
  const index = new Map(names.map((name, place) => [name, place]));
  return { names, objects: sorted.map(([, object]) => object), index, has: (name) => index.has(name) };
}

/** A table of its own, without memory. */
export function tableOf(objects: Iterable<readonly [string, JsonObject]>): ObjectTable {
  return indexed(new Map(objects));
}
