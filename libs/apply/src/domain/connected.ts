/** The items by groups: two are in the same one when they are tied, be it by way of others. */
export function connected<Item>(items: readonly Item[], areTied: (left: Item, right: Item) => boolean): Item[][] {
  let groups: Item[][] = [];
  for (const item of items) {
    const joined = groups.filter((group) => group.some((other) => areTied(item, other)));
    groups = [...groups.filter((group) => !joined.includes(group)), [...joined.flat(), item]];
  }
  return groups;
}
