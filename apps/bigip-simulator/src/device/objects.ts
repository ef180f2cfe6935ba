import { type JsonObject } from '#core/json';

/** `accept` hands the packet on to the next context, `accept-decisively` lets it through all of them. */
export type RuleAction = 'accept' | 'accept-decisively' | 'drop' | 'reject';

/** One side of a firewall rule. Where all five are empty, every packet matches. Paths are `/Partition/Folder/name`. */
export interface RuleSide {
  readonly addresses: readonly string[];
  readonly addressLists: readonly string[];
  readonly ports: readonly string[];
  readonly portLists: readonly string[];
  readonly vlans: readonly string[];
}

export interface FirewallRule {
  readonly name: string;
  readonly action: RuleAction;
  /** A protocol's name in lower case, or `any`. */
  readonly protocol: string;
  readonly source: RuleSide;
  readonly destination: RuleSide;
  readonly log: boolean;
  readonly iRule: string | null;
  readonly iRuleSampleRate: number | null;
  readonly description: string | null;
}

/** A rule of a policy that stands for all rules of a list. */
export interface RuleListReference {
  readonly name: string;
  readonly ruleList: string;
}

export type PolicyRule = FirewallRule | RuleListReference;

export interface AddressList {
  readonly kind: 'address-list';
  readonly path: string;
  /** Addresses, CIDRs and `first-last` ranges, with `%ID` where they lie in another than the default route domain. */
  readonly addresses: readonly string[];
  readonly fqdns: readonly string[];
  readonly geo: readonly string[];
  readonly addressLists: readonly string[];
  /** The addresses are set through a service-discovery task; AS3 leaves them alone. */
  readonly discovered: boolean;
  readonly description: string | null;
}

export interface PortList {
  readonly kind: 'port-list';
  readonly path: string;
  /** `80` and `8000-8010`. */
  readonly ports: readonly string[];
  readonly portLists: readonly string[];
  readonly description: string | null;
}

export interface RuleList {
  readonly kind: 'rule-list';
  readonly path: string;
  readonly rules: readonly FirewallRule[];
  readonly description: string | null;
}

export interface Policy {
  readonly kind: 'policy';
  readonly path: string;
  readonly rules: readonly PolicyRule[];
  readonly description: string | null;
}

export interface VirtualServer {
  readonly kind: 'virtual-server';
  readonly path: string;
  readonly enabled: boolean;
  /** An address or CIDR, with `%ID`; `0.0.0.0/0` listens for every IPv4 destination. */
  readonly destination: string;
  /** 0 listens on every port. */
  readonly port: number;
  readonly protocol: string;
  /** A CIDR of clients. */
  readonly source: string;
  readonly enforcedPolicy: string | null;
  readonly stagedPolicy: string | null;
  /** In the order in which they run. */
  readonly iRules: readonly string[];
  readonly pool: string | null;
  readonly logProfiles: readonly string[];
  /** What no packet's verdict depends on, as it was declared. */
  readonly properties: JsonObject;
  /** Paths of the objects that `properties` name. */
  readonly references: readonly string[];
}

/** Everything whose content the simulator keeps without interpreting it. */
export interface OtherObject {
  readonly kind: 'other';
  /** The words of tmsh, such as `ltm pool` or `security log profile`; with slashes it is the path under /mgmt/tm. */
  readonly component: string;
  readonly path: string;
  readonly properties: JsonObject;
  readonly references: readonly string[];
}

export type DeviceObject = AddressList | PortList | RuleList | Policy | VirtualServer | OtherObject;

/** The words by which tmsh addresses an object of this class. */
export function componentOf(object: DeviceObject): string {
  switch (object.kind) {
    case 'address-list':
      return 'security firewall address-list';
    case 'port-list':
      return 'security firewall port-list';
    case 'rule-list':
      return 'security firewall rule-list';
    case 'policy':
      return 'security firewall policy';
    case 'virtual-server':
      return 'ltm virtual';
    case 'other':
      return object.component;
  }
}

/** Two objects of different classes may have the same path; no two of one class may. */
export function keyOf(object: DeviceObject): string {
  return objectKey(componentOf(object), object.path);
}

export function objectKey(component: string, path: string): string {
  return `${component} ${path}`;
}

/** `Common` of `/Common/Shared/name`. */
export function partitionOf(path: string): string {
  return path.split('/')[1] ?? '';
}

/** `name` of `/Common/Shared/name`. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

export function isRuleListReference(rule: PolicyRule): rule is RuleListReference {
  return 'ruleList' in rule;
}

type Given<Type extends { path: string }> = Pick<Type, 'path'> & Partial<Omit<Type, 'path' | 'kind'>>;

const everywhere: RuleSide = { addresses: [], addressLists: [], ports: [], portLists: [], vlans: [] };

export function ruleSide(given: Partial<RuleSide>): RuleSide {
  return { ...everywhere, ...given };
}

/** A rule with what tmsh assumes where nothing is said: any protocol, any source, any destination. */
export function firewallRule(given: Pick<FirewallRule, 'name' | 'action'> & Partial<FirewallRule>): FirewallRule {
  return {
    protocol: 'any',
    source: everywhere,
    destination: everywhere,
    log: false,
    iRule: null,
    iRuleSampleRate: null,
    description: null,
    ...given,
  };
}

export function addressList(given: Given<AddressList>): AddressList {
  return {
    kind: 'address-list',
    addresses: [],
    fqdns: [],
    geo: [],
    addressLists: [],
    discovered: false,
    description: null,
    ...given,
  };
}

export function portList(given: Given<PortList>): PortList {
  return { kind: 'port-list', ports: [], portLists: [], description: null, ...given };
}

export function ruleList(given: Given<RuleList>): RuleList {
  return { kind: 'rule-list', rules: [], description: null, ...given };
}

export function policy(given: Given<Policy>): Policy {
  return { kind: 'policy', rules: [], description: null, ...given };
}

export function virtualServer(given: Given<VirtualServer>): VirtualServer {
  return {
    kind: 'virtual-server',
    enabled: true,
    destination: '0.0.0.0/0',
    port: 0,
    protocol: 'any',
    source: '0.0.0.0/0',
    enforcedPolicy: null,
    stagedPolicy: null,
    iRules: [],
    pool: null,
    logProfiles: [],
    properties: {},
    references: [],
    ...given,
  };
}

export function otherObject(given: Pick<OtherObject, 'component'> & Given<OtherObject>): OtherObject {
  return { kind: 'other', properties: {}, references: [], ...given };
}

export function iRule(path: string, text = ''): OtherObject {
  return otherObject({ component: 'ltm rule', path, properties: { apiAnonymous: text } });
}
