import { type Layout } from '#core/configuration';
import { type AcceptedDestination, type DesiredRule } from '#core/desired';
import { type TrafficGroup } from '#core/external-service';
import { type JsonObject } from '#core/json';
import { compareTexts } from '#core/order';
import { type Problem } from '#core/problem';
import { isDenial } from '#core/rule';
import { compareAs3Versions, newestOf, versionOfProtocol } from './as3-features.js';
import { type NamedObject } from './object-table.js';
import { isKubernetesName, isNameable, pathOf, type RuleNames, ruleNames } from './names.js';

/** What one rule contributes to its tenant. Depends on nothing but the rule and the setting, so it can be kept. */
export interface RuleFragment {
  /** Items of the Shared application. */
  readonly objects: readonly NamedObject[];
  /** What stands in the policy, in order. */
  readonly entries: readonly JsonObject[];
  readonly leftOut: readonly { readonly externalService: string | null; readonly problem: Problem }[];
  /** The oldest schema version that knows everything in it. */
  readonly schemaVersion: string;
}

export interface FragmentSetting {
  readonly tenant: string;
  readonly layout: Layout;
  readonly as3Version: string;
}

/**
 * Compiles one rule. A rule that applies to nobody contributes nothing: a firewall rule without a source would match
 * everyone. For the same reason nothing is declared towards an external service without addresses.
 */
export function ruleFragment(rule: DesiredRule, setting: FragmentSetting): RuleFragment {
  if (!isNameable(rule)) return { ...nothing, leftOut: [{ externalService: null, problem: badName(rule.name) }] };
  if (rule.prefixes?.length === 0) return nothing;
  const names = ruleNames(rule, setting.tenant);
  const destinations = new Map(rule.destinations.map((destination) => [destination.externalService, destination]));
  const parts = [...destinations.values()].map((destination) => destinationPart(rule, destination, names, setting));
  const entries = parts.flatMap((part) => part.entries);
  const sources = rule.prefixes === null ? [] : [{ name: names.sources, object: addressList(rule.prefixes, []) }];
  return {
    objects: entries.length === 0 ? [] : [...sources, ...parts.flatMap((part) => part.objects)],
    entries,
    leftOut: parts.flatMap((part) => part.leftOut),
    schemaVersion: newestOf(oldest, ...parts.map((part) => part.schemaVersion)),
  };
}

const oldest = '3.0.0';
const nothing: RuleFragment = { objects: [], entries: [], leftOut: [], schemaVersion: oldest };

function destinationPart(
  rule: DesiredRule,
  destination: AcceptedDestination,
  names: RuleNames,
  { tenant, layout, as3Version }: FragmentSetting,
): RuleFragment {
  const { externalService, addresses, domainNames } = destination;
  const leaveOut = (problem: Problem): RuleFragment => ({ ...nothing, leftOut: [{ externalService, problem }] });
  if (!isKubernetesName(externalService)) return leaveOut(badName(externalService));
  if (addresses.length === 0 && domainNames.length === 0) return leaveOut(noDestinations(externalService));

  const groups = [...destination.services].sort((left, right) => compareTexts(left.key, right.key));
  const known = groups.filter(({ protocol }) => compareAs3Versions(versionOfProtocol(protocol), as3Version) <= 0);
  const leftOut = groups
    .filter((group) => !known.includes(group))
    .map(({ protocol }) => ({ externalService, problem: unknownProtocol(externalService, protocol, as3Version) }));
  // Of a permission all of it must be expressible; of a denial, what is.
  const declared = leftOut.length > 0 && !isDenial(rule.action) ? [] : known;
  if (declared.length === 0) return { ...nothing, leftOut };

  const pointer = (name: string) => [{ use: pathOf(tenant, name) }];
  const firewallRule = (group: TrafficGroup, name: string): JsonObject => ({
    name,
    action: rule.action,
    ...(group.protocol === 'any' ? {} : { protocol: group.protocol }),
    ...(rule.prefixes === null ? {} : { source: { addressLists: pointer(names.sources) } }),
    destination: {
      addressLists: pointer(names.destinations(externalService)),
      ...(group.ports.length === 0 ? {} : { portLists: pointer(names.ports(externalService, group.key)) }),
    },
    ...(rule.logging ? { loggingEnabled: true } : {}),
    ...(group.bandwidth === null ? {} : { iRule: { bigip: `/Common/${group.bandwidth}` } }),
  });
  const lists: NamedObject[] = [
    { name: names.destinations(externalService), object: addressList(addresses, domainNames) },
    ...declared
      .filter(({ ports }) => ports.length > 0)
      .map(({ key, ports }) => ({ name: names.ports(externalService, key), object: portList(ports) })),
  ];
  const schemaVersion = newestOf(oldest, ...declared.map(({ protocol }) => versionOfProtocol(protocol)));
  switch (layout) {
    case 'in-place': {
      const entries = declared.map((group) =>
        firewallRule(group, names.ruleInPolicy(rule.action, externalService, group.key)),
      );
      return { objects: lists, entries, leftOut, schemaVersion };
    }
    case 'rule-lists': {
      const name = names.ruleList(externalService);
      const rules = declared.map((group) =>
        firewallRule(group, names.ruleInList(rule.action, externalService, group.key)),
      );
      const list: NamedObject = { name, object: { class: 'Firewall_Rule_List', rules } };
      return { objects: [...lists, list], entries: pointer(name), leftOut, schemaVersion };
    }
  }
}

/** Addresses may carry the `%ID` of their route domain. At least one of the two is not empty. */
function addressList(addresses: readonly string[], domainNames: readonly string[]): JsonObject {
  return {
    class: 'Firewall_Address_List',
    ...(addresses.length === 0 ? {} : { addresses: sortedOnce(addresses) }),
    ...(domainNames.length === 0 ? {} : { fqdns: sortedOnce(domainNames) }),
  };
}

function portList(ports: readonly string[]): JsonObject {
  return { class: 'Firewall_Port_List', ports };
}

function sortedOnce(texts: readonly string[]): string[] {
  return [...new Set(texts)].sort();
}

function badName(name: string): Problem {
  return { reason: 'InvalidSpec', message: `${JSON.stringify(name)} is no name that Kubernetes allows.` };
}

function noDestinations(externalService: string): Problem {
  return {
    reason: 'NoDestinations',
    message: `External service "${externalService}" has no address that can be declared.`,
  };
}

function unknownProtocol(externalService: string, protocol: string, as3Version: string): Problem {
  return {
    reason: 'LayoutLimit',
    message:
      `External service "${externalService}": AS3 ${as3Version} knows no protocol ${protocol} in firewall rules; ` +
      `install AS3 ${versionOfProtocol(protocol)} or newer, or leave the port's protocol out.`,
  };
}
