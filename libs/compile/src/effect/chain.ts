import { isJsonObject, type JsonObject, type JsonValue } from '#core/json';
import { compareTexts } from '#core/order';
import { type Family } from '#core/network';
import { type AddressMatch, type Chain, type FirewallRule, type Route, type ServiceMatch } from './firewall.js';
import { lastPort, readAddress } from './read-address.js';
import { anyService, defaultRouteDomain, listOf, pointer, policyRules, type TenantBodies } from './read-firewall.js';
import { complement, mergedSpans } from './spans.js';

/** All that decides about packets: what AS3 has, and which policies the device enforces. */
export interface FirewallState {
  readonly tenants: TenantBodies;
  /** Path of the policy that is enforced globally, null when none. */
  readonly globalPolicy: string | null;
  /** Paths of the policies that are enforced on route domains, by id. */
  readonly routeDomainPolicies: ReadonlyMap<number, string>;
}

/** Every way that a packet may take in either state. */
export function routesOf(states: readonly FirewallState[]): Route[] {
  const routes = states.flatMap(({ tenants }) =>
    [...tenants].flatMap(([tenant, body]): Route[] => {
      const routeDomain = defaultRouteDomain(body);
      const servers = [...serversOf(body).keys()];
      return (servers.length === 0 ? [null] : servers).map((virtualServer) => ({ tenant, routeDomain, virtualServer }));
    }),
  );
  const byName = new Map(routes.map((route) => [routeName(route), route]));
  return [...byName.values()]
    .filter((route) => route.virtualServer !== null || !routes.some((other) => isBesides(other, route)))
    .sort((left, right) => compareTexts(routeName(left), routeName(right)));
}

/** A tenant that has a virtual server in one of the states is looked at through it. */
function isBesides(other: Route, { tenant, routeDomain }: Route): boolean {
  return other.virtualServer !== null && other.tenant === tenant && other.routeDomain === routeDomain;
}

function routeName({ tenant, routeDomain, virtualServer }: Route): string {
  return `${tenant}%${String(routeDomain)} ${virtualServer ?? ''}`;
}

/** What a packet of one family passes through on its way: first of all, some virtual server has to take it. */
export function chainOf(state: FirewallState, route: Route, family: Family): Chain {
  const { routeDomain } = route;
  const rules = (path: string | null) => (path === null ? [] : policyRules(state.tenants, path, routeDomain));
  const server = route.virtualServer === null ? null : serverOf(state, route, route.virtualServer);
  const policy = server?.object ? pointer(server.object['policyFirewallEnforced'], server.place) : null;
  return [
    server === null ? [] : outside(state, server, family, route.virtualServer ?? ''),
    rules(state.globalPolicy),
    rules(state.routeDomainPolicies.get(routeDomain) ?? null),
    rules(policy),
  ];
}

const services: readonly string[] = ['Service_L4', 'Service_TCP', 'Service_UDP', 'Service_SCTP', 'Service_Generic'];

/** Virtual servers by their path in the tenant: `APPLICATION/NAME`. */
function serversOf(body: JsonObject | undefined): Map<string, JsonObject> {
  const servers = new Map<string, JsonObject>();
  for (const [application, content] of Object.entries(body ?? {})) {
    if (!isJsonObject(content)) continue;
    for (const [name, object] of Object.entries(content)) {
      if (isJsonObject(object) && isService(object['class'])) servers.set(`${application}/${name}`, object);
    }
  }
  return servers;
}

function isService(className: JsonValue | undefined): boolean {
  return typeof className === 'string' && (services.includes(className) || /^Service_HTTPS?$/.test(className));
}

interface Server {
  /** Null where there is none, or it is switched off. */
  readonly object: JsonObject | null;
  readonly place: { readonly tenant: string; readonly application: string };
}

function serverOf({ tenants }: FirewallState, { tenant, routeDomain }: Route, name: string): Server {
  const body = tenants.get(tenant);
  const [application = ''] = name.split('/');
  const found = defaultRouteDomain(body) === routeDomain ? serversOf(body).get(name) : undefined;
  return {
    object: found === undefined || found['enable'] === false ? null : found,
    place: { tenant, application },
  };
}

/** Rules for the packets that the virtual server does not take. */
function outside({ tenants }: FirewallState, { object: server, place }: Server, family: Family, name: string) {
  const what = `not for the virtual server ${name}`;
  if (server === null) return [untaken({}, `no virtual server ${name}`)];
  const resolve = (reference: JsonValue) => addressOf(tenants, pointer(reference, place));
  const entries = listOf(server['virtualAddresses']).map((entry) => {
    const [destination, source] = Array.isArray(entry) ? (entry as readonly JsonValue[]) : [entry];
    return { destination: isJsonObject(destination) ? resolve(destination) : destination, source };
  });
  const protocol = protocolOf(server);
  const port = server['virtualPort'];
  return [
    ...outsideOf(
      entries.map(({ destination }) => destination ?? null),
      family,
    ).map((destination) => untaken({ destination }, what)),
    ...entries.flatMap(({ source }) =>
      source === undefined ? [] : outsideOf([source], family).map((match) => untaken({ source: match }, what)),
    ),
    ...(protocol === 'any' ? [] : [untaken({ service: { protocol: { isNot: protocol }, ports: 'any' } }, what)]),
    ...(typeof port === 'number' && port !== 0
      ? otherThan(BigInt(port)).map((service) => untaken({ service }, what))
      : []),
  ];
}

function untaken(match: Partial<FirewallRule>, name: string): FirewallRule {
  const all = { source: 'any', destination: 'any', service: anyService, conditions: [] } as const;
  return { ...all, ...match, outcome: 'untaken', name };
}

/** What none of the addresses covers; an address that is not understood may leave anything out. */
function outsideOf(addresses: readonly JsonValue[], family: Family): AddressMatch[] {
  const read = addresses.map((address) => (typeof address === 'string' ? listened(address) : null));
  if (read.some((entry) => entry === null)) {
    return [{ spans: [], symbols: [`outside of ${JSON.stringify(addresses)}`] }];
  }
  const spans = read.flatMap((entry) => (entry?.family === family ? [entry] : []));
  const left = complement(mergedSpans(spans), wholeOf(family));
  return left.length === 0 ? [] : [{ spans: left.map((span) => ({ ...span, family })), symbols: [] }];
}

/** The address `0.0.0.0` or `::` of a virtual server stands for all of its family. */
function listened(address: string) {
  const [host = ''] = address.split(/[%/]/);
  const all = address.includes('/') || (host !== '0.0.0.0' && host !== '::') ? address : `${host}/0`;
  return readAddress(all)?.span ?? null;
}

export function wholeOf(family: Family) {
  return { first: 0n, last: (1n << (family === 4 ? 32n : 128n)) - 1n };
}

function addressOf(tenants: TenantBodies, path: string | null): JsonValue {
  const [, tenant = '', application = '', name = ''] = (path ?? '').split('/');
  const content = tenants.get(tenant)?.[application];
  const object = isJsonObject(content) ? content[name] : undefined;
  return isJsonObject(object) ? (object['virtualAddress'] ?? null) : null;
}

function protocolOf(server: JsonObject): string {
  switch (server['class']) {
    case 'Service_UDP':
      return 'udp';
    case 'Service_SCTP':
      return 'sctp';
    case 'Service_L4':
    case 'Service_Generic': {
      const { layer4 } = server;
      return typeof layer4 === 'string' ? layer4.toLowerCase() : server['class'] === 'Service_L4' ? 'tcp' : 'any';
    }
    default:
      return 'tcp';
  }
}

function otherThan(port: bigint): ServiceMatch[] {
  const spans = complement([{ first: port, last: port }], { first: 0n, last: lastPort });
  return [
    { protocol: 'any', ports: { spans, symbols: [] } },
    { protocol: 'portless', ports: 'any' },
  ];
}
