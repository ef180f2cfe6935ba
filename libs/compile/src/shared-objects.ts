import { commonTenant, type LogConfiguration, type TenantConfiguration } from '#core/configuration';
import { isJsonObject, type JsonObject, type JsonValue } from '#core/json';
import { compareTexts } from '#core/order';
import { renderTemplate } from '#core/template';
import { denyAllRule, pathOf, type SharedNames } from './names.js';
import { type NamedObject } from './object-table.js';
import { type TenantPlan } from './tenant-plan.js';

/** The firewall rule that ends every service policy. */
export const denyAll: JsonObject = { name: denyAllRule, action: 'drop', protocol: 'any' };

export function denyAllList(names: SharedNames): NamedObject {
  return { name: names.denyAllList, object: { class: 'Firewall_Rule_List', rules: [denyAll] } };
}

/**
 * Everything that carries a tenant's traffic: gateway pool, virtual address, virtual server and, where logging is
 * configured, the log objects (reference: CES 0.5 contract, "The declaration").
 */
export function trafficObjects(plan: TenantPlan, configuration: TenantConfiguration): NamedObject[] {
  const { names, tenant } = plan;
  const { log, masterCluster } = plan.configuration;
  const logObjects = log === null ? [] : logging(log, tenant, masterCluster, names);
  const profile = logProfile(logObjects, names);
  return [
    { name: names.gatewayPool, object: gatewayPool(configuration.gatewayPool) },
    { name: names.virtualAddress, object: virtualAddress(configuration) },
    { name: names.virtualServer, object: virtualServer(plan, configuration, profile) },
    ...logObjects,
  ];
}

/** Without an address the pool has no member, and the virtual server lets nothing through. */
function gatewayPool(addresses: readonly string[]): JsonObject {
  const members = [{ serverAddresses: addresses, servicePort: 0, enable: true }];
  return {
    class: 'Pool',
    ...(addresses.length === 0 ? {} : { members }),
    monitors: [{ bigip: '/Common/gateway_icmp' }],
  };
}

function virtualAddress({ virtualServer: { virtualAddress, icmpEcho, arpEnabled } }: TenantConfiguration): JsonObject {
  return { class: 'Service_Address', virtualAddress, icmpEcho, arpEnabled };
}

function virtualServer(plan: TenantPlan, { virtualServer: { template } }: TenantConfiguration, profile: string | null) {
  const { names, tenant } = plan;
  const references = {
    virtualAddresses: [{ use: pathOf(tenant, names.virtualAddress) }],
    pool: names.gatewayPool,
    policyFirewallEnforced: { use: pathOf(tenant, names.servicePolicy) },
  };
  const profiles = profile === null ? {} : { securityLogProfiles: [{ use: pathOf(tenant, profile) }] };
  if (template === null) return { ...defaultVirtualServer, ...references, ...profiles };
  const { securityLogProfiles, ...rest } = renderTemplate(template, tenant, plan.configuration.masterCluster);
  // The template's own log profiles stand, but only where logging is configured.
  const own = profile === null || securityLogProfiles === undefined ? profiles : { securityLogProfiles };
  return { class: 'Service_L4', virtualPort: 0, ...rest, ...references, ...own };
}

const defaultVirtualServer: JsonObject = {
  class: 'Service_L4',
  layer4: 'any',
  translateServerAddress: false,
  translateServerPort: false,
  virtualPort: 0,
  snat: 'auto',
};

function logging(log: LogConfiguration, tenant: string, master: string, names: SharedNames): NamedObject[] {
  const rendered = Object.entries(renderTemplate(log.template, tenant, master)).flatMap(([name, object]) =>
    isJsonObject(object) ? [{ name, object }] : [],
  );
  const objects = log.remote ? rendered : rendered.flatMap(localOnly);
  const all = [...objects, { name: names.logPool, object: logPool(log) }];
  const local = new Set(all.map(({ name }) => name));
  return all.map(({ name, object }) => ({ name, object: ownReferences(object, tenant, local) }));
}

/** Without remote logging the profile and the publisher remain, and the device logs to its own database. */
function localOnly({ name, object }: NamedObject): NamedObject[] {
  if (object['class'] === 'Security_Log_Profile') return [{ name, object }];
  if (object['class'] !== 'Log_Publisher') return [];
  return [{ name, object: { ...object, destinations: [{ bigip: '/Common/local-db' }] } }];
}

function logPool({ servers, healthMonitor }: LogConfiguration): JsonObject {
  const members = servers.length === 0 ? [{ address: '0.0.0.0', port: 514 }] : servers;
  return {
    class: 'Pool',
    members: members.map(({ address, port }) => ({ serverAddresses: [address], servicePort: port, enable: true })),
    monitors: [{ bigip: `/Common/${healthMonitor}` }],
  };
}

/**
 * A template written for Common points into /Common/Shared. From another tenant that would make AS3 redeploy Common each
 * time (as3.md), so pointers to what the tenant holds itself are turned to the tenant.
 */
function ownReferences(object: JsonObject, tenant: string, local: ReadonlySet<string>): JsonObject {
  if (tenant === commonTenant) return object;
  const common = pathOf(commonTenant, '');
  const turned = (value: JsonValue): JsonValue => {
    if (typeof value === 'string') {
      const name = value.startsWith(common) ? value.slice(common.length) : '';
      return local.has(name) ? pathOf(tenant, name) : value;
    }
    if (Array.isArray(value)) return (value as readonly JsonValue[]).map(turned);
    return isJsonObject(value) ? turnedMembers(value) : value;
  };
  const turnedMembers = (value: JsonObject): JsonObject =>
    Object.fromEntries(Object.entries(value).map(([key, member]) => [key, turned(member)]));
  return turnedMembers(object);
}

/** The one that CES 0.5's virtual server names, or what the template has in its place. */
function logProfile(objects: readonly NamedObject[], names: SharedNames): string | null {
  const profiles = objects
    .filter(({ object }) => object['class'] === 'Security_Log_Profile')
    .map(({ name }) => name)
    .sort(compareTexts);
  return profiles.find((name) => name === names.logProfile) ?? profiles[0] ?? null;
}
