import { type DeviceObject, isRuleListReference, type PolicyRule, type RuleSide } from './objects.js';

/** One object that another one names. */
export interface Reference {
  /** As tmsh says it; ending in ` *` where the path alone says which class it is. */
  readonly component: string;
  readonly path: string;
}

/** What the object cannot exist without. */
export function referencesOf(object: DeviceObject): Reference[] {
  switch (object.kind) {
    case 'address-list':
      return to('security firewall address-list', object.addressLists);
    case 'port-list':
      return to('security firewall port-list', object.portLists);
    case 'rule-list':
    case 'policy':
      return object.rules.flatMap(referencesOfRule);
    case 'virtual-server':
      return [
        ...to('security firewall policy', [object.enforcedPolicy, object.stagedPolicy]),
        ...to('ltm rule', object.iRules),
        ...to('ltm pool', [object.pool]),
        ...to('security log profile', object.logProfiles),
        ...to('*', object.references),
      ];
    case 'other':
      return to('*', object.references);
  }
}

function referencesOfRule(rule: PolicyRule): Reference[] {
  if (isRuleListReference(rule)) return to('security firewall rule-list', [rule.ruleList]);
  return [...ofSide(rule.source), ...ofSide(rule.destination), ...to('ltm rule', [rule.iRule])];
}

function ofSide(side: RuleSide): Reference[] {
  return [
    ...to('security firewall address-list', side.addressLists),
    ...to('security firewall port-list', side.portLists),
    ...to('net vlan', side.vlans),
  ];
}

function to(component: string, paths: readonly (string | null)[]): Reference[] {
  return paths.flatMap((path) => (path === null ? [] : [{ component, path }]));
}
