import { type Layout } from '#core/configuration';
import { type JsonValue } from '#core/json';
import { type SimulatorOptions } from '#apps/bigip-simulator/src/options';
import { addressList, keyOf, otherObject } from '#apps/bigip-simulator/src/device/objects';

/** The small world that every history happens in: few names and addresses, so that they meet. */
export const clusters = ['k8s', 'east'] as const;
export type Cluster = (typeof clusters)[number];

export const controllerNamespace = 'kube-system';
export const namespaces = ['shop', 'bank', 'lab'] as const;

/** Names of pods, services, external services and rules alike. */
export const names = ['a', 'b', 'c'] as const;

/** Partitions with the route domain that each has. */
export const tenants = [
  { name: 'Common', routeDomain: 0 },
  { name: 'alpha', routeDomain: 2 },
  { name: 'beta', routeDomain: 3 },
] as const;
export type Tenant = (typeof tenants)[number]['name'];

/** The address of a pod: each cluster has a network of its own, as on one BIG-IP it must. */
export function podAddress(cluster: Cluster, index: number): string {
  return `10.${clusters.indexOf(cluster) + 1}.0.${index + 1}`;
}
export const podAddresses = 4;

/** How tenants are declared, and which one each namespace belongs to; null for none. */
export interface Plan {
  readonly layout: Layout;
  readonly tenantOf: Readonly<Record<string, Tenant | null>>;
  readonly routeDomains: boolean;
}

/** @param indent says the same in another text. */
export function configurationText(cluster: Cluster, { layout, routeDomains, tenantOf }: Plan, indent = 0): string {
  const configuration = {
    clusterName: cluster,
    masterCluster: 'k8s',
    layout,
    isSupportRouteDomain: routeDomains,
    schemaVersion: '3.56.0',
    takeover: 'automatic',
    tenant: tenants.map(({ name, routeDomain }) => ({
      name,
      namespaces: namespaces.filter((namespace) => tenantOf[namespace] === name).join(','),
      routeDomain: { id: routeDomain, name: name === 'Common' ? '0' : `rd${routeDomain}` },
      gwPool: { serverAddresses: ['192.0.2.1'] },
    })),
  };
  return JSON.stringify(configuration, null, indent);
}

export const resolved = { 'api.example.com': ['203.0.113.9'] };

/** What external services say; the reference model knows what each means. */
export const addressTexts: readonly JsonValue[] = [
  ['198.51.100.1'],
  ['198.51.100.0/30'],
  ['203.0.113.5', 'api.example.com'],
  ['198.51.100.1', 'nonsense'],
  [],
];
export const portTexts: readonly JsonValue[] = [
  [{ protocol: 'TCP', port: '443' }],
  [{ protocol: 'UDP', port: '53' }],
  [{ port: '80-90' }],
  [],
  [
    { protocol: 'TCP', port: '443' },
    { protocol: 'TCP', port: '99999' },
  ],
];

export interface TestPacket {
  readonly source: string;
  readonly routeDomain: number;
  readonly destination: string;
  readonly protocol: string;
  readonly port?: number;
}

/** Pods' addresses, one that nobody has, and one that only a namespace's network covers. */
const sources = [
  ...clusters.flatMap((cluster) => Array.from({ length: podAddresses }, (_, index) => podAddress(cluster, index))),
  '10.1.0.14',
  '10.9.9.9',
];
const destinations = ['198.51.100.1', '198.51.100.3', '198.51.100.4', '203.0.113.5', '203.0.113.9'];
const traffic = [
  { protocol: 'tcp', port: 443 },
  { protocol: 'tcp', port: 90 },
  { protocol: 'udp', port: 53 },
  { protocol: 'icmp' },
];

/** One for each that the rules of a history could tell from another. */
export const packets: readonly TestPacket[] = tenants.flatMap(({ routeDomain }) =>
  sources.flatMap((source) =>
    destinations.flatMap((destination) => traffic.map((kind) => ({ source, routeDomain, destination, ...kind }))),
  ),
);

/** The network of a namespace, where its annotation says one. */
export const namespaceNetwork = '10.1.0.8/29';

/** What others have on the device: none of it may ever change. */
const foreignObjects = [
  otherObject({ component: 'ltm pool', path: '/legacy/old_pool' }),
  addressList({ path: '/legacy/old_sources', addresses: ['10.77.0.0/16'] }),
  otherObject({ component: 'ltm pool', path: '/Common/hand_made_pool' }),
];

export const foreignKeys = foreignObjects.map(keyOf);

export const device: SimulatorOptions = {
  resolved,
  latency: { perTenant: 400 },
  content: {
    partitions: [{ name: 'alpha' }, { name: 'beta' }, { name: 'legacy' }],
    routeDomains: [
      { path: '/alpha/rd2', id: 2 },
      { path: '/beta/rd3', id: 3 },
    ],
    objects: foreignObjects,
  },
};
