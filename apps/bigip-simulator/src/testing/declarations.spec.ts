import { type JsonObject, type JsonValue } from '#core/json';

/** A declaration of these tenants, of class ADC. */
export function adc(tenants: JsonObject, more: JsonObject = {}): JsonObject {
  return { class: 'ADC', schemaVersion: '3.29.0', id: 'test', updateMode: 'selective', ...more, ...tenants };
}

/** A tenant with its items in `Shared`. */
export function tenant(items: JsonObject, more: JsonObject = {}): JsonObject {
  return { class: 'Tenant', ...more, Shared: { class: 'Application', template: 'shared', ...items } };
}

export function addresses(...entries: JsonValue[]): JsonObject {
  return { class: 'Firewall_Address_List', addresses: entries };
}

export function fqdns(...names: string[]): JsonObject {
  return { class: 'Firewall_Address_List', fqdns: names };
}

export function ports(...entries: (string | number)[]): JsonObject {
  return { class: 'Firewall_Port_List', ports: entries };
}

export function policy(...rules: JsonObject[]): JsonObject {
  return { class: 'Firewall_Policy', rules };
}

export function ruleList(...rules: JsonObject[]): JsonObject {
  return { class: 'Firewall_Rule_List', rules };
}

export function use(path: string): JsonObject {
  return { use: path };
}

/** A firewall rule that refers to address lists by their paths. */
export function rule(
  name: string,
  action: 'accept' | 'accept-decisively' | 'drop' | 'reject',
  lists: { source?: string; destination?: string; ports?: string } = {},
): JsonObject {
  const destination = {
    ...(lists.destination === undefined ? {} : { addressLists: [use(lists.destination)] }),
    ...(lists.ports === undefined ? {} : { portLists: [use(lists.ports)] }),
  };
  return {
    name,
    action,
    protocol: lists.ports === undefined ? 'any' : 'tcp',
    ...(lists.source === undefined ? {} : { source: { addressLists: [use(lists.source)] } }),
    ...(Object.keys(destination).length === 0 ? {} : { destination }),
  };
}

/** A virtual server for everything, that enforces a policy. */
export function service(policyPath: string): JsonObject {
  return {
    class: 'Service_L4',
    layer4: 'any',
    virtualAddresses: ['0.0.0.0'],
    virtualPort: 0,
    translateServerAddress: false,
    translateServerPort: false,
    snat: 'auto',
    policyFirewallEnforced: use(policyPath),
  };
}

/** A tenant whose policy lets `source` out to `destination` on port 443, and denies all else. */
export function egressTenant(
  name: string,
  options: { source?: readonly string[]; destination?: readonly string[]; more?: JsonObject } = {},
): JsonObject {
  const { source = ['10.1.2.3'], destination = ['1.2.3.4'], more = {} } = options;
  const path = (item: string): string => `/${name}/Shared/${item}`;
  return tenant(
    {
      sources: addresses(...source),
      destinations: addresses(...destination),
      https: ports(443),
      policy: policy(
        rule('allow', 'accept', { source: path('sources'), destination: path('destinations'), ports: path('https') }),
        rule('deny_all_rule', 'drop'),
      ),
      outbound: service(path('policy')),
    },
    more,
  );
}
