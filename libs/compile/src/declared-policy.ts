import { canonicalJson, type JsonObject } from '#core/json';
import { orderRemark } from './order-remark.js';
import { entryName, type PolicyEntry } from './policy-entries.js';

/** Makes policies, and gives the one that it made before where its entries are the same again. */
export class DeclaredPolicies {
  private readonly last = new Map<string, { readonly entries: readonly PolicyEntry[]; readonly policy: JsonObject }>();

  of(name: string, entries: readonly PolicyEntry[]): JsonObject {
    const before = this.last.get(name);
    if (before !== undefined && sameEntries(before.entries, entries)) return before.policy;
    const policy: JsonObject = {
      class: 'Firewall_Policy',
      ...(entries.length > 1 ? { remark: orderRemark(entries.map(entryName)) } : {}),
      rules: entries,
    };
    this.last.set(name, { entries, policy });
    return policy;
  }
}

function sameEntries(left: readonly PolicyEntry[], right: readonly PolicyEntry[]): boolean {
  return (
    left.length === right.length &&
    left.every((entry, index) => {
      const other = right[index];
      return other !== undefined && (entry === other || canonicalJson(entry) === canonicalJson(other));
    })
  );
}
