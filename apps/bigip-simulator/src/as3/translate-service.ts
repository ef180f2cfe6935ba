import { type JsonObject, type JsonValue } from '#core/json';
import { type VirtualServer, virtualServer } from '../device/objects.js';
import { listAt, objectAt, stringAt, without } from './declaration.js';
import { type Place, referenceIn, referencesIn } from './place.js';

/** One virtual server for each address of the service; without addresses, none listens. */
export function virtualServers(item: JsonObject, place: Place, enabled: boolean): VirtualServer[] {
  return listAt(item, 'virtualAddresses').map((address, index) => {
    const listener = listenerOf(address, place);
    return virtualServer({
      path: index === 0 ? place.path : `${place.path}-${String(index)}-`,
      enabled: enabled && item['enable'] !== false,
      destination: withRouteDomain(prefixOf(listener.destination), place),
      port: typeof item['virtualPort'] === 'number' ? item['virtualPort'] : 0,
      protocol: protocolOf(item),
      source: withRouteDomain(prefixOf(listener.source ?? anySource(listener.destination)), place),
      enforcedPolicy: referenceIn(item['policyFirewallEnforced'], place),
      stagedPolicy: referenceIn(item['policyFirewallStaged'], place),
      iRules: referencesIn(listAt(item, 'iRules'), place),
      pool: referenceIn(item['pool'], place),
      logProfiles: referencesIn(listAt(item, 'securityLogProfiles'), place),
      properties: without(item, ...interpreted),
      references: referencesIn(
        ['policyNAT', 'ipIntelligencePolicy', 'profileProtocolInspection', 'policyBandwidthControl', 'profileL4'].map(
          (name) => item[name],
        ),
        place,
      ),
    });
  });
}

const interpreted = [
  'class',
  'label',
  'enable',
  'virtualAddresses',
  'virtualPort',
  'layer4',
  'policyFirewallEnforced',
  'policyFirewallStaged',
  'iRules',
  'pool',
  'securityLogProfiles',
];

interface Listener {
  readonly destination: string;
  readonly source: string | null;
}

function listenerOf(address: JsonValue, place: Place): Listener {
  if (Array.isArray(address)) {
    const [destination, source] = address.map(String);
    return { destination: destination ?? '0.0.0.0', source: source ?? null };
  }
  if (typeof address === 'string') return { destination: address, source: null };
  const [, tenant = '', application = '', name = ''] = (referenceIn(address, place) ?? '').split('/');
  const declared = objectAt(objectAt(objectAt(place.declaration, tenant), application), name);
  return { destination: stringAt(declared, 'virtualAddress') ?? '0.0.0.0', source: null };
}

function protocolOf(item: JsonObject): string {
  switch (item['class']) {
    case 'Service_TCP':
    case 'Service_HTTP':
    case 'Service_HTTPS':
      return 'tcp';
    case 'Service_UDP':
      return 'udp';
    case 'Service_SCTP':
      return 'sctp';
    default:
      return stringAt(item, 'layer4') ?? 'tcp';
  }
}

/** The address `0.0.0.0` or `::` of a virtual server stands for all of its family. */
function prefixOf(address: string): string {
  const [host = '', routeDomain] = address.split('%');
  const suffix = routeDomain === undefined ? '' : `%${routeDomain}`;
  if (address.includes('/')) return address;
  if (host === '0.0.0.0') return `0.0.0.0${suffix}/0`;
  if (host === '::') return `::${suffix}/0`;
  return address;
}

function anySource(destination: string): string {
  return destination.includes(':') ? '::' : '0.0.0.0';
}

function withRouteDomain(address: string, { declaration, tenant }: Place): string {
  const id = objectAt(declaration, tenant)?.['defaultRouteDomain'];
  if (typeof id !== 'number' || id === 0 || address.includes('%')) return address;
  const [host = '', length] = address.split('/');
  return length === undefined ? `${host}%${String(id)}` : `${host}%${String(id)}/${length}`;
}
