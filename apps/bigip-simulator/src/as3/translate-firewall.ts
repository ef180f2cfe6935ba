import { isJsonObject, type JsonObject, type JsonValue } from '#core/json';
import {
  addressList,
  type DeviceObject,
  type FirewallRule,
  firewallRule,
  nameOf,
  policy,
  type PolicyRule,
  portList,
  type RuleAction,
  ruleList,
  type RuleSide,
  ruleSide,
} from '../device/objects.js';
import { listAt, objectAt, stringAt } from './declaration.js';
import { type Place, referenceIn, referencesIn } from './place.js';

/** What AS3 puts into an address list whose addresses are discovered, until there are any. */
export const placeholderAddress = '::1:5ee:bad:c0de';

/** Undefined for an item of another class. */
export function firewallObject(item: JsonObject, place: Place): DeviceObject | undefined {
  const { path } = place;
  const description = stringAt(item, 'remark');
  switch (item['class']) {
    case 'Firewall_Address_List': {
      const entries = listAt(item, 'addresses');
      const discovered = entries.some(isJsonObject);
      const addresses = texts(entries);
      return addressList({
        path,
        addresses: discovered && addresses.length === 0 ? [placeholderAddress] : addresses,
        fqdns: texts(listAt(item, 'fqdns')),
        geo: texts(listAt(item, 'geo')),
        addressLists: referencesIn(listAt(item, 'addressLists'), place),
        discovered,
        description,
      });
    }
    case 'Firewall_Port_List':
      return portList({
        path,
        ports: listAt(item, 'ports').map(String),
        portLists: referencesIn(listAt(item, 'portLists'), place),
        description,
      });
    case 'Firewall_Rule_List': {
      const rules = listAt(item, 'rules').flatMap((rule) =>
        isJsonObject(rule) ? [translateRule(rule, place, fullSide)] : [],
      );
      return ruleList({ path, rules: byName(rules), description });
    }
    case 'Firewall_Policy': {
      const rules = listAt(item, 'rules').flatMap((rule) => (isJsonObject(rule) ? [policyRule(rule, place)] : []));
      return policy({ path, rules: byName(rules), description });
    }
    default:
      return undefined;
  }
}

function policyRule(rule: JsonObject, place: Place): PolicyRule {
  const list = referenceIn(rule, place);
  return list === null ? translateRule(rule, place, sideOfPolicyRule) : { name: nameOf(list), ruleList: list };
}

type SideReader = (side: JsonObject, place: Place) => RuleSide;

function translateRule(rule: JsonObject, place: Place, sideOf: SideReader): FirewallRule {
  const sampleRate = rule['iRuleSampleRate'];
  return firewallRule({
    name: stringAt(rule, 'name') ?? '',
    action: actionOf(rule['action']),
    protocol: stringAt(rule, 'protocol') ?? 'any',
    source: sideOf(objectAt(rule, 'source') ?? {}, place),
    destination: sideOf(objectAt(rule, 'destination') ?? {}, place),
    log: rule['loggingEnabled'] === true,
    iRule: referenceIn(rule['iRule'], place),
    iRuleSampleRate: typeof sampleRate === 'number' ? sampleRate : null,
    description: stringAt(rule, 'remark'),
  });
}

function actionOf(value: JsonValue | undefined): RuleAction {
  return value === 'accept' || value === 'accept-decisively' || value === 'reject' ? value : 'drop';
}

/** AS3's property table for the rules of a policy knows lists and VLANs only: addresses and ports get lost. */
const sideOfPolicyRule: SideReader = (side, place) =>
  ruleSide({
    addressLists: referencesIn(listAt(side, 'addressLists'), place),
    portLists: referencesIn(listAt(side, 'portLists'), place),
    vlans: referencesIn(listAt(side, 'vlans'), place),
  });

const fullSide: SideReader = (side, place) => ({
  ...sideOfPolicyRule(side, place),
  addresses: texts(listAt(side, 'addresses')),
  ports: listAt(side, 'ports').map(String),
});

function texts(values: readonly JsonValue[]): string[] {
  return values.filter((value) => typeof value === 'string');
}

/** AS3 keeps rules by their name: of two with one name the later content stays, at the place of the earlier. */
function byName<Rule extends { readonly name: string }>(rules: readonly Rule[]): Rule[] {
  return [...new Map(rules.map((rule) => [rule.name, rule])).values()];
}
