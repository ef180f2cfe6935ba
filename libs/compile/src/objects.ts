import { type JsonObject } from '#core/json';

/** Objects of a Shared application by name. They are never changed once compiled or read. */
export type Objects = ReadonlyMap<string, JsonObject>;

export function isPolicy(object: JsonObject | undefined): boolean {
  return object?.['class'] === 'Firewall_Policy';
}

export function isRuleList(object: JsonObject | undefined): boolean {
  return object?.['class'] === 'Firewall_Rule_List';
}
