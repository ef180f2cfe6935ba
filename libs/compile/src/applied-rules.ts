import { canonicalJson, isJsonObject, type JsonObject, type JsonValue } from '#core/json';
import { actions, isDenial } from '#core/rule';
import { type Objects } from './objects.js';
import { entriesOf, entryName, type PolicyEntry, refersToRuleList } from './policy-entries.js';

/** A firewall rule where a policy applies it, be it written in the policy itself or in a rule list of ours. */
export interface AppliedRule {
  /** As AS3 has it; for an entry of others the entry, whatever it is. */
  readonly rule: JsonObject;
  /** The policy's entry by which it stands there. */
  readonly entry: PolicyEntry;
  /** Others' entries never change, and what they say is nothing to us. */
  readonly ours: boolean;
  /** Two rules with the same key mean the same as long as their lists hold the same. */
  readonly key: string;
}

/** The rules of a policy in the order in which they are applied; none where there is no such policy. */
export function appliedRules(
  policy: string,
  objects: Objects,
  isOurs: (entry: PolicyEntry) => boolean,
): readonly AppliedRule[] {
  return entriesOf(objects.get(policy)).flatMap((entry): AppliedRule[] => {
    if (!isOurs(entry)) return [{ rule: entry, entry, ours: false, key: canonicalJson(entry) }];
    const rules = refersToRuleList(entry) ? entriesOf(objects.get(entryName(entry))) : [entry];
    return rules.map((rule) => ({ rule, entry, ours: true, key: meaningOf(rule) }));
  });
}

/** What a rule matches and does; its name, and what it logs or triggers besides, do not count. */
function meaningOf({ action = null, protocol = 'any', source = {}, destination = {} }: JsonObject): string {
  return canonicalJson({ action, protocol, source, destination });
}

/** Drop or reject. */
export function denies({ rule }: AppliedRule): boolean {
  const action = actions.find((known) => known === rule['action']);
  return action !== undefined && isDenial(action);
}

/** Whether it lets packets past all further policies; of others' rule lists nothing is known, so they may. */
export function letsPastAll({ rule, ours }: AppliedRule): boolean {
  return rule['action'] === 'accept-decisively' || (!ours && refersToRuleList(rule));
}

export type Side = 'source' | 'destination';

/** Names of the address and port lists that one side of a rule refers to; none where that side is open. */
export function listsOf(rule: JsonObject, side: Side): readonly string[] {
  const end = rule[side];
  if (!isJsonObject(end)) return [];
  return [end['addressLists'], end['portLists']]
    .flatMap((lists) => (Array.isArray(lists) ? (lists as readonly JsonValue[]) : []))
    .filter(isJsonObject)
    .map(entryName);
}
