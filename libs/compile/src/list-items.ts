import { type JsonObject, type JsonValue } from '#core/json';

const kinds = ['addresses', 'fqdns', 'ports'] as const;

/** What an address or port list holds, by kind. */
export type ListItems = Readonly<Record<(typeof kinds)[number], ReadonlySet<string>>>;

/** Null where a list is missing or holds anything else than we put into lists. */
export function itemsOf(list: JsonObject | undefined): ListItems | null {
  if (list === undefined) return null;
  const items = { addresses: new Set<string>(), fqdns: new Set<string>(), ports: new Set<string>() };
  for (const [key, value] of Object.entries(list)) {
    if (key === 'class') continue;
    const kind = kinds.find((known) => known === key);
    if (kind === undefined || !Array.isArray(value)) return null;
    for (const item of value as readonly JsonValue[]) {
      if (typeof item !== 'string') return null;
      items[kind].add(item);
    }
  }
  return items;
}

/** What `list` holds and `other` lacks. */
export function itemsBesides(list: ListItems, other: ListItems): ListItems {
  return selected(list, (kind, item) => !other[kind].has(item));
}

export function isEmpty(items: ListItems): boolean {
  return kinds.every((kind) => items[kind].size === 0);
}

/** A list with what both hold; null where that is nothing, or one of them is not understood. */
export function listOfBoth(list: JsonObject | undefined, other: JsonObject | undefined): JsonObject | null {
  const [items, otherItems] = [itemsOf(list), itemsOf(other)];
  if (list === undefined || items === null || otherItems === null) return null;
  const both = selected(items, (kind, item) => otherItems[kind].has(item));
  if (isEmpty(both)) return null;
  const held = kinds.flatMap((kind) => (both[kind].size === 0 ? [] : [[kind, [...both[kind]]] as const]));
  return { class: list['class'] ?? null, ...Object.fromEntries(held) };
}

function selected(items: ListItems, keeps: (kind: (typeof kinds)[number], item: string) => boolean): ListItems {
  const of = (kind: (typeof kinds)[number]) => new Set([...items[kind]].filter((item) => keeps(kind, item)));
  return { addresses: of('addresses'), fqdns: of('fqdns'), ports: of('ports') };
}
