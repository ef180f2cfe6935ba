import { type DeviceObject, iRule, keyOf, otherObject } from './objects.js';
import { type DeviceState, type GlobalRules, type Partition, type RouteDomain } from './state.js';

/** What a BIG-IP holds that somebody has already worked on. */
export interface DeviceContent {
  readonly partitions?: readonly (Pick<Partition, 'name'> & Partial<Partition>)[];
  readonly routeDomains?: readonly (Pick<RouteDomain, 'path' | 'id'> & Partial<RouteDomain>)[];
  readonly objects?: readonly DeviceObject[];
  readonly globalRules?: Partial<GlobalRules>;
}

/** What stands in /Common of a BIG-IP out of the box, as far as declarations refer to it. */
const builtIn: readonly DeviceObject[] = [
  ...['gateway_icmp', 'icmp', 'tcp', 'tcp_half_open', 'udp', 'http', 'https'].map((name) =>
    otherObject({ component: `ltm monitor ${name.replaceAll('_', '-')}`, path: `/Common/${name}` }),
  ),
  otherObject({ component: 'ltm profile fastl4', path: '/Common/fastL4' }),
  otherObject({ component: 'sys log-config destination local-database', path: '/Common/local-db' }),
  otherObject({ component: 'sys log-config destination local-syslog', path: '/Common/local-syslog' }),
  otherObject({ component: 'sys log-config publisher', path: '/Common/local-db-publisher' }),
  otherObject({ component: 'sys log-config publisher', path: '/Common/sys-db-access-publisher' }),
  otherObject({ component: 'security log profile', path: '/Common/global-network' }),
  otherObject({ component: 'security protocol-inspection profile', path: '/Common/protocol_inspection' }),
  otherObject({ component: 'security ip-intelligence policy', path: '/Common/ip-intelligence' }),
  iRule(
    '/Common/_sys_https_redirect',
    'when HTTP_REQUEST { HTTP::redirect https://[getfield [HTTP::host] ":" 1][HTTP::uri] }',
  ),
];

/** A BIG-IP with factory defaults, and `content` on top. */
export function initialState(content: DeviceContent = {}): DeviceState {
  const partitions = [{ name: 'Common' }, ...(content.partitions ?? [])].map((given): Partition => ({
    defaultRouteDomain: 0,
    description: null,
    ...given,
  }));
  const routeDomains = [{ path: '/Common/0', id: 0 }, ...(content.routeDomains ?? [])].map((given): RouteDomain => ({
    enforcedPolicy: null,
    stagedPolicy: null,
    ...given,
  }));
  const objects = [...builtIn, ...(content.objects ?? [])];
  return {
    partitions: new Map(partitions.map((partition) => [partition.name, partition])),
    folders: new Set(objects.flatMap((object) => folderOf(object.path))),
    routeDomains: new Map(routeDomains.map((routeDomain) => [routeDomain.path, routeDomain])),
    objects: new Map(objects.map((object) => [keyOf(object), object])),
    globalRules: { enforcedPolicy: null, stagedPolicy: null, ...content.globalRules },
    enforcedByAs3: new Set(),
  };
}

function folderOf(path: string): string[] {
  const parts = path.split('/');
  return parts.length > 3 ? [parts.slice(0, 3).join('/')] : [];
}
