import { componentOf, partitionOf } from '../device/objects.js';
import { type DeviceState, objectsIn } from '../device/state.js';
import {
  type ComparisonOptions,
  type Configuration,
  configurationOf,
  folderItem,
  partitionItem,
  routeDomainItem,
} from './configuration.js';
import { type DesiredTenant } from './translate.js';
import { type As3Version, has } from './version.js';

/** The folder of Common that AS3 owns; everything else there belongs to others. */
const shared = '/Common/Shared';

const managedComponents = [
  'ltm ',
  'security firewall ',
  'security nat ',
  'security log ',
  'security protocol-inspection ',
  'security ip-intelligence ',
  'sys log-config ',
  'net bwc ',
  'net address-list',
  'net port-list',
  'net timer-policy',
  'net service-policy',
];

/** Whether AS3 deletes an object of this class from a partition of its own when no declaration holds it. */
function isManaged(component: string): boolean {
  return managedComponents.some((prefix) => component.startsWith(prefix));
}

/** What AS3 reads from the device about a tenant's partition. Empty where there is no such partition. */
export function currentConfiguration(
  state: DeviceState,
  tenant: DesiredTenant,
  version: As3Version,
  options: ComparisonOptions,
): Configuration {
  const { name } = tenant;
  const partition = state.partitions.get(name);
  if (!partition) return new Map();
  const objects = objectsIn(state, name).filter(
    (object) => isManaged(componentOf(object)) && (name !== 'Common' || object.path.startsWith(`${shared}/`)),
  );
  return new Map([
    ...(name === 'Common' ? [] : [partitionItem(name, partition.defaultRouteDomain)]),
    ...[...state.folders].filter((path) => partitionOf(path) === name && name !== 'Common').map(folderItem),
    ...ownedRouteDomains(state, tenant, version).map((path) =>
      routeDomainItem(path, state.routeDomains.get(path)?.enforcedPolicy ?? null),
    ),
    ...configurationOf(objects, options),
  ]);
}

/** What the declaration wants there. */
export function desiredConfiguration(
  tenant: DesiredTenant,
  version: As3Version,
  options: ComparisonOptions,
): Configuration {
  if (!tenant.exists) return new Map();
  const enforcement = has(version, 'routeDomainEnforcement') && tenant.name === 'Common' ? [...tenant.enforcement] : [];
  return new Map([
    ...(tenant.name === 'Common' ? [] : [partitionItem(tenant.name, tenant.defaultRouteDomain)]),
    ...(tenant.name === 'Common' ? [] : tenant.folders.map(folderItem)),
    ...enforcement.map(([path, policy]) => routeDomainItem(path, policy)),
    ...configurationOf(tenant.objects, options),
  ]);
}

/**
 * The route domains that AS3 compares: in Common those that it set itself; from 3.49 on, in any other partition all
 * that lie there, unless the tenant says otherwise. As no tenant but Common can declare them, they always differ.
 */
function ownedRouteDomains(state: DeviceState, tenant: DesiredTenant, version: As3Version): string[] {
  if (!has(version, 'routeDomainEnforcement')) return [];
  if (tenant.name === 'Common') return [...state.enforcedByAs3];
  return tenant.ownsRouteDomains
    ? [...state.routeDomains.keys()].filter((path) => partitionOf(path) === tenant.name)
    : [];
}
