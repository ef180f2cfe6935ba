import { commonTenant } from '#core/configuration';
import { canonicalJson, isJsonObject, type JsonObject, type JsonValue } from '#core/json';
import {
  type AddressMatch,
  type AddressSpan,
  type FirewallRule,
  type Outcome,
  type ServiceMatch,
  type Span,
} from './firewall.js';
import { readAddress, readPorts } from './read-address.js';

/** The bodies of tenants as AS3 has them, by name. */
export type TenantBodies = ReadonlyMap<string, JsonObject>;

/** Where something stands: its pointers may be relative, and its partition supplies the route domain of addresses. */
interface Place {
  readonly tenants: TenantBodies;
  readonly tenant: string;
  readonly application: string;
  /** The route domain of the packets that are judged. */
  readonly routeDomain: number;
}

interface Found {
  readonly object: JsonObject;
  readonly place: Place;
}

type End = 'source' | 'destination';

/**
 * The rules of the policy at a path `/TENANT/APPLICATION/NAME`, rule lists in their places, as packets of a route domain
 * meet them. A policy that no tenant holds is not known: whatever it does, it does as a whole.
 */
export function policyRules(tenants: TenantBodies, path: string, routeDomain: number): FirewallRule[] {
  const found = lookUp({ tenants, tenant: '', application: '', routeDomain }, path);
  if (found === null) return unknownRules(`the policy ${path}`);
  const { object, place } = found;
  return byName(rulesOf(object)).flatMap((rule) => {
    const list = pointer(rule, place);
    if (list === null) return [firewallRule(rule, place, 'policy', nameOf(path))];
    return listRules(list, rule['bigip'] !== undefined, place, nameOf(path));
  });
}

function listRules(path: string, isForeign: boolean, from: Place, policy: string): FirewallRule[] {
  const found = lookUp(from, path);
  // AS3 refuses a pointer to nothing; what stands outside of AS3 is not known.
  if (found === null) return isForeign ? unknownRules(`the rule list ${path}`) : [];
  const { object, place } = found;
  return byName(rulesOf(object)).map((rule) => firewallRule(rule, place, 'rule-list', `${policy}, ${nameOf(path)}`));
}

/** May end each packet either way, or none. */
function unknownRules(what: string): FirewallRule[] {
  const rule = (outcome: Outcome, does: string): FirewallRule => ({
    outcome,
    source: 'any',
    destination: 'any',
    service: anyService,
    conditions: [[`${what} ${does} it`]],
    name: what,
  });
  return [rule('allow', 'accepts'), rule('drop', 'drops')];
}

export const anyService: ServiceMatch = { protocol: 'any', ports: 'any' };

/**
 * A rule as the device has it: of one that stands in a policy AS3 takes over lists and VLANs, and drops addresses and
 * ports without a word (as3.md, opening 2).
 */
function firewallRule(rule: JsonObject, place: Place, where: 'policy' | 'rule-list', owner: string): FirewallRule {
  const source = sideOf(rule, 'source', where);
  const destination = sideOf(rule, 'destination', where);
  const protocol = textOf(rule['protocol'])?.toLowerCase() ?? 'any';
  const sourcePorts = portMatch(source, place);
  return {
    outcome: outcomeOf(rule['action']),
    source: addressMatch(source, place, 'source'),
    destination: addressMatch(destination, place, 'destination'),
    service: {
      protocol: protocol === 'any' ? 'any' : { is: protocol },
      ports: portMatch(destination, place),
    },
    conditions: [
      ...(sourcePorts === 'any' ? [] : [sourcePortSymbols(sourcePorts)]),
      ...otherConditions(source, 'source'),
      ...otherConditions(destination, 'destination'),
    ],
    name: `${owner}, ${textOf(rule['name']) ?? ''}`,
  };
}

function sideOf(rule: JsonObject, end: End, where: 'policy' | 'rule-list'): JsonObject {
  const value = rule[end];
  const side = isJsonObject(value) ? value : {};
  if (where === 'rule-list') return side;
  return Object.fromEntries(Object.entries(side).filter(([name]) => name !== 'addresses' && name !== 'ports'));
}

function outcomeOf(action: JsonValue | undefined): Outcome {
  switch (action) {
    case 'accept':
      return 'pass';
    case 'accept-decisively':
      return 'allow';
    case 'reject':
      return 'reject';
    default:
      return 'drop';
  }
}

function addressMatch(side: JsonObject, place: Place, end: End): AddressMatch {
  const lists = listOf(side['addressLists']);
  const addresses = listOf(side['addresses']);
  if (lists.length === 0 && addresses.length === 0) return 'any';
  const parts = [
    ...addresses.map((entry) => addressEntry(entry, place, end)),
    ...lists.map((list) => addressList(list, place, end, new Set())),
  ];
  return joined(parts);
}

interface Part {
  readonly spans: readonly AddressSpan[];
  readonly symbols: readonly string[];
}

const nothing: Part = { spans: [], symbols: [] };

function joined(parts: readonly Part[]): Part {
  return {
    spans: parts.flatMap(({ spans }) => spans),
    symbols: [...new Set(parts.flatMap(({ symbols }) => symbols))],
  };
}

function addressList(reference: JsonValue, from: Place, end: End, seen: Set<string>): Part {
  const path = pointer(reference, from);
  if (path === null) return symbol(end, canonicalJson(reference));
  if (seen.has(path)) return nothing;
  seen.add(path);
  const found = lookUp(from, path);
  if (found === null) return symbol(end, path);
  const { object, place } = found;
  return joined([
    ...listOf(object['addresses']).map((entry) => addressEntry(entry, place, end)),
    ...listOf(object['fqdns']).map((name) => symbol(end, (textOf(name) ?? '').toLowerCase())),
    ...listOf(object['geo']).map((geo) => symbol(end, `geo ${textOf(geo) ?? ''}`)),
    ...listOf(object['addressLists']).map((nested) => addressList(nested, place, end, seen)),
  ]);
}

/** What is no address (addresses that are discovered, or a text that only the device may understand) is a symbol. */
function addressEntry(entry: JsonValue, place: Place, end: End): Part {
  const read = typeof entry === 'string' ? readAddress(entry) : null;
  if (read === null) return symbol(end, typeof entry === 'string' ? entry : canonicalJson(entry));
  const here = read.routeDomain === null ? liesInRouteDomain(place, end) : read.routeDomain === place.routeDomain;
  return here ? { spans: [read.span], symbols: [] } : nothing;
}

/** The partition's default route domain counts for an address without one; a destination in Common means all of them. */
function liesInRouteDomain({ tenants, tenant, routeDomain }: Place, end: End): boolean {
  if (tenant === commonTenant) return end === 'destination' || routeDomain === 0;
  return defaultRouteDomain(tenants.get(tenant)) === routeDomain;
}

export function defaultRouteDomain(body: JsonObject | undefined): number {
  const id = body?.['defaultRouteDomain'];
  return typeof id === 'number' ? id : 0;
}

function symbol(end: End, text: string): Part {
  return { spans: [], symbols: [`${end} ${text}`] };
}

function portMatch(side: JsonObject, place: Place): ServiceMatch['ports'] {
  const lists = listOf(side['portLists']);
  const ports = listOf(side['ports']);
  if (lists.length === 0 && ports.length === 0) return 'any';
  const parts = [...ports.map(portEntry), ...lists.map((list) => portList(list, place, new Set()))];
  return {
    spans: parts.flatMap(({ spans }) => spans),
    symbols: [...new Set(parts.flatMap(({ symbols }) => symbols))],
  };
}

interface Ports {
  readonly spans: readonly Span[];
  readonly symbols: readonly string[];
}

function portList(reference: JsonValue, from: Place, seen: Set<string>): Ports {
  const path = pointer(reference, from);
  if (path === null || seen.has(path)) return { spans: [], symbols: [] };
  seen.add(path);
  const found = lookUp(from, path);
  if (found === null) return { spans: [], symbols: [`port in ${path}`] };
  const parts = [
    ...listOf(found.object['ports']).map(portEntry),
    ...listOf(found.object['portLists']).map((nested) => portList(nested, found.place, seen)),
  ];
  return { spans: parts.flatMap(({ spans }) => spans), symbols: parts.flatMap(({ symbols }) => symbols) };
}

function portEntry(entry: JsonValue): Ports {
  const text = typeof entry === 'number' ? String(entry) : (textOf(entry) ?? canonicalJson(entry));
  const span = readPorts(text);
  return span === null ? { spans: [], symbols: [`port ${text}`] } : { spans: [span], symbols: [] };
}

/** Source ports are no dimension of their own: none of our rules asks for them. */
function sourcePortSymbols({ spans, symbols }: Ports): string[] {
  const texts = spans.map(({ first, last }) => (first === last ? String(first) : `${String(first)}-${String(last)}`));
  return [...texts.map((text) => `source port ${text}`), ...symbols.map((text) => `source ${text}`)];
}

const understood: ReadonlySet<string> = new Set(['addresses', 'addressLists', 'ports', 'portLists', 'vlans']);

/** VLANs, and whatever else a side may ask for. */
function otherConditions(side: JsonObject, end: End): string[][] {
  const vlans = listOf(side['vlans']).map((vlan) => `VLAN ${canonicalJson(vlan)}`);
  const others = Object.keys(side)
    .filter((name) => !understood.has(name))
    .map((name) => [`${end} ${name} ${canonicalJson(side[name] ?? null)}`]);
  return vlans.length === 0 ? others : [vlans, ...others];
}

/** The path that a value `{use}` or `{bigip}` points to, null where it is no pointer. */
export function pointer(value: JsonValue | undefined, from: { readonly tenant: string; readonly application: string }) {
  const target = isJsonObject(value) ? (value['use'] ?? value['bigip']) : undefined;
  if (typeof target !== 'string' || target === '') return null;
  return target.startsWith('/') ? target : `/${from.tenant}/${from.application}/${target}`;
}

function lookUp(from: Place, path: string): Found | null {
  const [, tenant = '', application = '', name = ''] = path.split('/');
  const object = member(member(from.tenants.get(tenant), application), name);
  return object === null ? null : { object, place: { ...from, tenant, application } };
}

function member(object: JsonObject | null | undefined, name: string): JsonObject | null {
  const value = object && Object.hasOwn(object, name) ? object[name] : undefined;
  return isJsonObject(value) ? value : null;
}

function rulesOf(object: JsonObject): JsonObject[] {
  return listOf(object['rules']).filter(isJsonObject);
}

/** AS3 keeps rules by their name: of two with one name the later content stays, at the place of the earlier. */
function byName(rules: readonly JsonObject[]): JsonObject[] {
  const named = rules.map((rule) => {
    const target = textOf(rule['use'] ?? rule['bigip']);
    return [target === null ? (textOf(rule['name']) ?? '') : nameOf(target), rule] as const;
  });
  return [...new Map(named).values()];
}

export function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? (value as readonly JsonValue[]) : [];
}

function textOf(value: JsonValue | undefined): string | null {
  return typeof value === 'string' ? value : null;
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
