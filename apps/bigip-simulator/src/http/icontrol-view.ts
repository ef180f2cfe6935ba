import { type JsonObject, type JsonValue } from '#core/json';
import {
  componentOf,
  type DeviceObject,
  type FirewallRule,
  isRuleListReference,
  nameOf,
  partitionOf,
  type PolicyRule,
  type RuleSide,
} from '../device/objects.js';
import { type DeviceState, type GlobalRules, type Partition, type RouteDomain } from '../device/state.js';

/** `security firewall policy` is found under /mgmt/tm/security/firewall/policy. */
function collectionPath(component: string): string {
  return `/mgmt/tm/${component.replaceAll(' ', '/')}`;
}

function itemLink(component: string, path: string): string {
  return `https://localhost${collectionPath(component)}/${path.replaceAll('/', '~')}`;
}

/** `tm:security:firewall:policy:policystate` */
export function kindOf(component: string, what: 'state' | 'collectionstate'): string {
  const words = component.split(' ');
  return `tm:${words.join(':')}:${words.at(-1) ?? ''}${what}`;
}

export function collection(component: string, items: readonly JsonObject[]): JsonObject {
  const kind = kindOf(component, 'collectionstate');
  const selfLink = `https://localhost${collectionPath(component)}`;
  return items.length === 0 ? { kind, selfLink } : { kind, selfLink, items };
}

/** @param expanded whether the rules of policies and rule lists are shown in place, or as a link */
export function viewObject(object: DeviceObject, expanded: boolean): JsonObject {
  return { ...identity(componentOf(object), object.path), ...content(object, expanded) };
}

export function viewRouteDomain({ path, id, enforcedPolicy, stagedPolicy }: RouteDomain): JsonObject {
  return {
    ...identity('net route-domain', path),
    id,
    strict: 'enabled',
    ...policyReference('fwEnforcedPolicy', enforcedPolicy),
    ...policyReference('fwStagedPolicy', stagedPolicy),
  };
}

export function viewGlobalRules({ enforcedPolicy, stagedPolicy }: GlobalRules): JsonObject {
  return {
    kind: 'tm:security:firewall:global-rules:global-rulesstate',
    selfLink: 'https://localhost/mgmt/tm/security/firewall/global-rules',
    ...policyReference('enforcedPolicy', enforcedPolicy),
    ...policyReference('stagedPolicy', stagedPolicy),
  };
}

export function viewPartition({ name, defaultRouteDomain, description }: Partition): JsonObject {
  return {
    kind: kindOf('auth partition', 'state'),
    name,
    fullPath: name,
    selfLink: `https://localhost/mgmt/tm/auth/partition/${name}`,
    defaultRouteDomain,
    ...(description === null ? {} : { description }),
  };
}

export function viewFolder(path: string): JsonObject {
  return path === '/'
    ? { kind: kindOf('sys folder', 'state'), name: '/', fullPath: '/' }
    : identity('sys folder', path);
}

/** Every folder: the root, the partitions and what lies below them. */
export function foldersOf(state: DeviceState): string[] {
  return ['/', ...[...state.partitions.keys()].map((name) => `/${name}`), ...state.folders];
}

function identity(component: string, path: string): JsonObject {
  const steps = path.split('/');
  return {
    kind: kindOf(component, 'state'),
    name: nameOf(path),
    partition: partitionOf(path),
    ...(steps.length > 3 ? { subPath: steps.slice(2, -1).join('/') } : {}),
    fullPath: path,
    selfLink: itemLink(component, path),
  };
}

function content(object: DeviceObject, expanded: boolean): JsonObject {
  switch (object.kind) {
    case 'address-list':
      return {
        ...described(object.description),
        ...names('addresses', object.addresses),
        ...names('fqdns', object.fqdns),
        ...names('geo', object.geo),
        ...references('addressLists', object.addressLists),
      };
    case 'port-list':
      return {
        ...described(object.description),
        ...names('ports', object.ports),
        ...references('portLists', object.portLists),
      };
    case 'rule-list':
    case 'policy': {
      const link = `${itemLink(componentOf(object), object.path)}/rules`;
      const items = object.rules.map((rule: PolicyRule) => viewRule(componentOf(object), rule));
      return {
        ...described(object.description),
        rulesReference: { link, isSubcollection: true, ...(expanded ? { items } : {}) },
      };
    }
    case 'virtual-server':
      return {
        [object.enabled ? 'enabled' : 'disabled']: true,
        destination: `/${partitionOf(object.path)}/${object.destination}:${String(object.port)}`,
        ipProtocol: object.protocol,
        source: object.source,
        ...policyReference('fwEnforcedPolicy', object.enforcedPolicy),
        ...policyReference('fwStagedPolicy', object.stagedPolicy),
        ...references('rules', object.iRules),
        ...(object.pool === null ? {} : { pool: object.pool }),
        ...references('securityLogProfiles', object.logProfiles),
      };
    case 'other':
      return object.properties;
  }
}

export function viewRule(component: string, rule: PolicyRule): JsonObject {
  const words = component.split(' ');
  const identified = { kind: `tm:${words.join(':')}:rules:rulesstate`, name: rule.name, fullPath: rule.name };
  return isRuleListReference(rule)
    ? { ...identified, status: 'enabled', ruleList: rule.ruleList }
    : { ...identified, ...firewallRuleView(rule) };
}

function firewallRuleView(rule: FirewallRule): JsonObject {
  return {
    action: rule.action,
    ipProtocol: rule.protocol,
    log: rule.log ? 'yes' : 'no',
    status: 'enabled',
    iruleSampleRate: rule.iRuleSampleRate ?? 1,
    ...(rule.iRule === null ? {} : { irule: rule.iRule }),
    ...described(rule.description),
    source: sideView(rule.source),
    destination: sideView(rule.destination),
  };
}

function sideView(side: RuleSide): JsonObject {
  return {
    ...names('addresses', side.addresses),
    ...references('addressLists', side.addressLists),
    ...names('ports', side.ports),
    ...references('portLists', side.portLists),
    ...references('vlans', side.vlans),
  };
}

function names(property: string, values: readonly string[]): JsonObject {
  return values.length === 0 ? {} : { [property]: values.map((name) => ({ name })) };
}

function references(property: string, paths: readonly string[]): JsonObject {
  return paths.length === 0 ? {} : { [property]: paths };
}

function described(description: string | null): JsonObject {
  return description === null ? {} : { description };
}

function policyReference(property: string, path: string | null): JsonObject {
  if (path === null) return {};
  const link: JsonValue = itemLink('security firewall policy', path);
  return { [property]: path, [`${property}Reference`]: { link } };
}
