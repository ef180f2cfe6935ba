import { type SimulatorOptions } from '#apps/bigip-simulator/src/options';

/** The small world that everything happens in: two tenants, each a namespace with a route domain and a network of its own. */
export const tenants = [
  { name: 'shop', routeDomain: 2, network: '10.1.0' },
  { name: 'bank', routeDomain: 3, network: '10.2.0' },
] as const;
export type Tenant = (typeof tenants)[number]['name'];

/** Of rules, external services and the pods that a rule is for: `a` lets pods of the app `a` out to the external service `a`. */
export const names = ['a', 'b'] as const;
export type Name = (typeof names)[number];

/** So many pods of a namespace run at once; each address is its pod's, and goes to the next pod of that place. */
export const places = 6;

export function addressOf(tenant: Tenant, place: number): string {
  const network = tenants.find(({ name }) => name === tenant)?.network ?? '';
  return `${network}.${place + 1}`;
}

/** What an external service may say, with the destinations that it means. */
export const destinationsOf = [
  { addresses: ['198.51.100.1'], destinations: ['198.51.100.1'] },
  { addresses: ['198.51.100.0/30'], destinations: ['198.51.100.1', '198.51.100.2'] },
  { addresses: ['203.0.113.5'], destinations: ['203.0.113.5'] },
] as const;
export const destinations = ['198.51.100.1', '198.51.100.2', '203.0.113.5'] as const;

export const deviceName = 'bigip';

export const configuration = JSON.stringify({
  clusterName: 'k8s',
  layout: 'in-place',
  isSupportRouteDomain: true,
  schemaVersion: '3.56.0',
  tenant: [
    { name: 'Common', namespaces: '', routeDomain: { id: 0, name: '0' } },
    ...tenants.map(({ name, routeDomain }) => ({
      name,
      namespaces: name,
      routeDomain: { id: routeDomain, name: `rd${routeDomain}` },
      gwPool: { serverAddresses: ['192.0.2.1'] },
    })),
  ],
});

export const device: SimulatorOptions & { readonly password: string } = {
  password: 'correct horse battery staple',
  latency: { perTenant: 150 },
  content: {
    partitions: tenants.map(({ name }) => ({ name })),
    routeDomains: tenants.map(({ name, routeDomain }) => ({ path: `/${name}/rd${routeDomain}`, id: routeDomain })),
  },
};
