import { type JsonObject, type JsonValue } from '#core/json';
import {
  componentOf,
  type DeviceObject,
  type FirewallRule,
  isRuleListReference,
  keyOf,
  objectKey,
  type PolicyRule,
  type RuleSide,
} from '../device/objects.js';

/** An object as AS3 compares it: by name what has names, so that no order is left. */
export interface ConfigurationItem {
  readonly command: string;
  readonly path: string;
  /** Made when they are asked for: most objects are found equal without. */
  readonly properties: () => JsonObject;
  /** Two items with the same text have the same properties. */
  readonly text: string;
  /** Properties whose differences AS3 overlooks. */
  readonly ignore: readonly string[];
}

/** By `keyOf` of the object. */
export type Configuration = ReadonlyMap<string, ConfigurationItem>;

export interface ComparisonOptions {
  /**
   * AS3 keeps the rules of policies and rule lists by name and compares only by name: where the same rules merely
   * stand in another order, it sees no change (normalize.js and getDiff in AS3 3.56; only `ltm virtual` is compared
   * with its order). True makes the order count.
   */
  readonly comparesRuleOrder: boolean;
}

export function configurationOf(objects: Iterable<DeviceObject>, options: ComparisonOptions): Configuration {
  return new Map(
    [...objects].map((object) => [
      keyOf(object),
      {
        command: componentOf(object),
        path: object.path,
        properties: () => propertiesOf(object, options),
        text: JSON.stringify(object),
        ignore: object.kind === 'address-list' && object.discovered ? ['addresses'] : [],
      },
    ]),
  );
}

export function partitionItem(name: string, defaultRouteDomain: number): [string, ConfigurationItem] {
  return entry('auth partition', `/${name}/`, { 'default-route-domain': String(defaultRouteDomain) });
}

export function folderItem(path: string): [string, ConfigurationItem] {
  return entry('sys folder', path, {});
}

/** @param policy null for `none` */
export function routeDomainItem(path: string, policy: string | null): [string, ConfigurationItem] {
  return entry('net route-domain', path, { 'fw-enforced-policy': policy ?? 'none' });
}

function entry(command: string, path: string, properties: JsonObject): [string, ConfigurationItem] {
  const item = { command, path, properties: () => properties, text: JSON.stringify(properties), ignore: [] };
  return [objectKey(command, path), item];
}

function propertiesOf(object: DeviceObject, options: ComparisonOptions): JsonObject {
  switch (object.kind) {
    case 'address-list':
      return {
        addresses: named(object.addresses),
        'address-lists': named(object.addressLists),
        fqdns: named(object.fqdns),
        geo: named(object.geo),
        description: object.description ?? 'none',
      };
    case 'port-list':
      return {
        ports: named(object.ports),
        'port-lists': named(object.portLists),
        description: object.description ?? 'none',
      };
    case 'rule-list':
    case 'policy':
      return {
        rules: Object.fromEntries(object.rules.map((rule: PolicyRule) => [rule.name, ruleProperties(rule)])),
        description: object.description ?? 'none',
        ...(options.comparesRuleOrder ? { _order_: object.rules.map(({ name }) => name) } : {}),
      };
    case 'virtual-server':
      return {
        enabled: object.enabled,
        destination: `${object.destination}:${String(object.port)}`,
        'ip-protocol': object.protocol,
        source: object.source,
        'fw-enforced-policy': object.enforcedPolicy ?? 'none',
        'fw-staged-policy': object.stagedPolicy ?? 'none',
        rules: { ...named(object.iRules), _order_: object.iRules },
        pool: object.pool ?? 'none',
        'security-log-profiles': named(object.logProfiles),
        ...object.properties,
      };
    case 'other':
      return object.properties;
  }
}

function ruleProperties(rule: PolicyRule): JsonValue {
  return isRuleListReference(rule) ? { 'rule-list': rule.ruleList } : firewallRuleProperties(rule);
}

function firewallRuleProperties(rule: FirewallRule): JsonObject {
  return {
    action: rule.action,
    'ip-protocol': rule.protocol,
    source: sideProperties(rule.source),
    destination: sideProperties(rule.destination),
    log: rule.log ? 'yes' : 'no',
    irule: rule.iRule ?? 'none',
    'irule-sample-rate': rule.iRuleSampleRate ?? 1,
    description: rule.description ?? 'none',
  };
}

function sideProperties(side: RuleSide): JsonObject {
  return {
    addresses: named(side.addresses),
    'address-lists': named(side.addressLists),
    ports: named(side.ports),
    'port-lists': named(side.portLists),
    vlans: named(side.vlans),
  };
}

function named(names: readonly string[]): JsonObject {
  return Object.fromEntries(names.map((name) => [name, {}]));
}
