import { type JsonObject } from '#core/json';
import { type DeviceObject } from '../device/objects.js';
import { applicationsOf, isEmptyTenant, itemsOf, listAt, objectAt, stringAt } from './declaration.js';
import { type Place, referenceIn } from './place.js';
import { firewallObject } from './translate-firewall.js';
import { otherObjects } from './translate-other.js';
import { virtualServers } from './translate-service.js';

/** What a tenant's declaration wants the device to hold in its partition. */
export interface DesiredTenant {
  readonly name: string;
  /** False for a tenant that is declared empty: its partition is to go. */
  readonly exists: boolean;
  readonly defaultRouteDomain: number;
  /** False keeps AS3 from regarding the route domains in the partition as its own. */
  readonly ownsRouteDomains: boolean;
  /** Folders below the partition. */
  readonly folders: readonly string[];
  readonly objects: readonly DeviceObject[];
  /** Route domain path → policy, by `routeDomainEnforcement`. */
  readonly enforcement: ReadonlyMap<string, string>;
}

/**
 * The objects that AS3 makes of a valid tenant.
 * @param declaration the whole declaration, for references into /Common/Shared
 */
export function translateTenant(declaration: JsonObject, name: string): DesiredTenant {
  const tenant = objectAt(declaration, name) ?? {};
  const applications = applicationsOf(tenant);
  const routeDomain = tenant['defaultRouteDomain'];
  const enforcement = new Map<string, string>();
  const objects: DeviceObject[] = [];
  for (const [application, content] of applications) {
    const enabled = tenant['enable'] !== false && content['enable'] !== false;
    for (const [item, given] of itemsOf(content)) {
      const place = { declaration, tenant: name, application, name: item, path: `/${name}/${application}/${item}` };
      objects.push(...translateItem(given, place, enabled));
      for (const target of listAt(given, 'routeDomainEnforcement')) {
        const path = referenceIn(target, place);
        if (path !== null) enforcement.set(path, place.path);
      }
    }
  }
  return {
    name,
    exists: !isEmptyTenant(tenant),
    defaultRouteDomain: typeof routeDomain === 'number' ? routeDomain : 0,
    ownsRouteDomains: tenant['useCommonRouteDomainTenant'] !== false,
    folders: applications.map(([application]) => `/${name}/${application}`),
    objects,
    enforcement,
  };
}

function translateItem(item: JsonObject, place: Place, enabled: boolean): DeviceObject[] {
  const firewall = firewallObject(item, place);
  if (firewall) return [firewall];
  const className = stringAt(item, 'class') ?? '';
  return className.startsWith('Service_') && className !== 'Service_Address'
    ? virtualServers(item, place, enabled)
    : otherObjects(item, place);
}
