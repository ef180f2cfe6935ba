/** What a property of a declaration refers to. */
export interface PointerMeaning {
  /** AS3 classes that a `use` pointer there may name. */
  readonly classes: readonly string[];
  /** The class of device object that a `bigip` path there names, in the words of tmsh; ` *` for any class below. */
  readonly component: string;
}

const meanings = new Map<string, PointerMeaning>([
  ['addressLists', { classes: ['Firewall_Address_List'], component: 'security firewall address-list' }],
  ['portLists', { classes: ['Firewall_Port_List'], component: 'security firewall port-list' }],
  ['policyFirewallEnforced', { classes: ['Firewall_Policy'], component: 'security firewall policy' }],
  ['policyFirewallStaged', { classes: ['Firewall_Policy'], component: 'security firewall policy' }],
  ['policyNAT', { classes: ['NAT_Policy'], component: 'security nat policy' }],
  ['sourceTranslation', { classes: ['NAT_Source_Translation'], component: 'security nat source-translation' }],
  ['ipIntelligencePolicy', { classes: ['IP_Intelligence_Policy'], component: 'security ip-intelligence policy' }],
  [
    'profileProtocolInspection',
    { classes: ['Protocol_Inspection_Profile'], component: 'security protocol-inspection profile' },
  ],
  ['policyBandwidthControl', { classes: ['Bandwidth_Control_Policy'], component: 'net bwc policy' }],
  ['securityLogProfiles', { classes: ['Security_Log_Profile'], component: 'security log profile' }],
  ['securityLogProfile', { classes: ['Security_Log_Profile'], component: 'security log profile' }],
  ['publisher', { classes: ['Log_Publisher'], component: 'sys log-config publisher' }],
  ['destinations', { classes: ['Log_Destination'], component: 'sys log-config destination *' }],
  ['remoteHighSpeedLog', { classes: ['Log_Destination'], component: 'sys log-config destination *' }],
  ['pool', { classes: ['Pool'], component: 'ltm pool' }],
  ['monitors', { classes: ['Monitor'], component: 'ltm monitor *' }],
  ['iRule', { classes: ['iRule'], component: 'ltm rule' }],
  ['iRules', { classes: ['iRule'], component: 'ltm rule' }],
  ['virtualAddresses', { classes: ['Service_Address'], component: 'ltm virtual-address' }],
  ['profileL4', { classes: ['L4_Profile'], component: 'ltm profile fastl4' }],
  ['snat', { classes: ['SNAT_Pool'], component: 'ltm snatpool' }],
  ['rules', { classes: ['Firewall_Rule_List'], component: 'security firewall rule-list' }],
  ['routeDomainEnforcement', { classes: [], component: 'net route-domain' }],
  ['allowVlans', { classes: [], component: 'net vlan' }],
  ['rejectVlans', { classes: [], component: 'net vlan' }],
  ['vlans', { classes: [], component: 'net vlan' }],
]);

/** Undefined for a property about which the simulator knows nothing: any class will do. */
export function meaningOf(property: string): PointerMeaning | undefined {
  return meanings.get(property);
}

const byName = new Set(['pool', 'iRules']);

/** In some properties a bare string is a `use` pointer. */
export function pointsByName(property: string, value: string): boolean {
  return byName.has(property) && value !== '';
}

const modules = new Map<string, readonly string[]>([
  ...['Firewall_Address_List', 'Firewall_Port_List', 'Firewall_Rule_List', 'Firewall_Policy'].map(
    (name): [string, readonly string[]] => [name, ['afm']],
  ),
  ...['NAT_Policy', 'NAT_Source_Translation', 'Protocol_Inspection_Profile'].map(
    (name): [string, readonly string[]] => [name, ['afm']],
  ),
  ['IP_Intelligence_Policy', ['afm', 'asm']],
  ['Security_Log_Profile', ['afm', 'asm']],
]);

/** The modules of which AS3 wants one provisioned before it takes this class; none when it takes it always. */
export function modulesFor(className: string): readonly string[] {
  return modules.get(className) ?? [];
}
