import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { initialState } from '../../../../apps/bigip-simulator/src/device/factory.js';
import { type DeviceState } from '../../../../apps/bigip-simulator/src/device/state.js';
import { evaluate } from '../../../../apps/bigip-simulator/src/packet/evaluate.js';
import { parseAddress } from '../../../../apps/bigip-simulator/src/packet/address.js';
import { translateTenant } from '../../../../apps/bigip-simulator/src/as3/translate.js';
import { type Family } from '#core/network';
import { type JsonObject } from '#core/json';
import { chainOf, type FirewallState, routesOf } from './chain.js';
import { compareChains, type Difference } from './compare.js';
import { effectDifferences } from './effect.js';
import { type Route, type Span, type Verdict } from './firewall.js';

/** Few of everything, so that what is made at random overlaps, touches, and meets. */
const addresses = [
  '10.0.0.1',
  '10.0.0.2',
  '10.0.0.0/30',
  '10.0.0.2-10.0.0.5',
  '10.0.0.1%2',
  '0.0.0.0/0',
  '2001:db8::1',
];
const names = ['a.example.com', 'b.example.com', 'c.example.com'];

const addressList: fc.Arbitrary<JsonObject> = fc
  .record({
    addresses: fc.uniqueArray(fc.constantFrom(...addresses), { maxLength: 3 }),
    fqdns: fc.uniqueArray(fc.constantFrom(...names), { maxLength: 2 }),
    nested: fc.boolean(),
  })
  .map(({ addresses: given, fqdns, nested }) => ({
    class: 'Firewall_Address_List',
    ...(given.length === 0 && fqdns.length > 0 ? {} : { addresses: given.length === 0 ? ['10.0.0.7'] : given }),
    ...(fqdns.length === 0 ? {} : { fqdns }),
    ...(nested ? { addressLists: [{ use: 'nested' }] } : {}),
  }));

const lists = ['list0', 'list1', 'list2'];
const rule = fc.record({
  name: fc.constantFrom('r0', 'r1', 'r2', 'r3', 'r4', 'r5'),
  action: fc.constantFrom('accept', 'accept-decisively', 'drop', 'reject'),
  protocol: fc.constantFrom('any', 'tcp', 'udp', 'icmp'),
  sources: fc.option(fc.constantFrom(...lists), { freq: 2 }),
  destinations: fc.option(fc.constantFrom(...lists), { freq: 2 }),
  ports: fc.option(fc.constantFrom('ports0', 'ports1')),
  inList: fc.boolean(),
});

type RuleParts = typeof rule extends fc.Arbitrary<infer Parts> ? Parts : never;

function ruleBody({ name, action, protocol, sources, destinations, ports }: RuleParts): JsonObject {
  return {
    name,
    action,
    protocol,
    source: sources === null ? {} : { addressLists: [{ use: sources }] },
    destination: {
      ...(destinations === null ? {} : { addressLists: [{ use: destinations }] }),
      ...(ports === null ? {} : { portLists: [{ use: ports }] }),
    },
  };
}

/** A policy, some of whose rules stand in rule lists. */
function policyObjects(name: string, rules: readonly RuleParts[]): Record<string, JsonObject> {
  const listed = rules.filter(({ inList }) => inList);
  const entries = rules.map((parts, index) => (parts.inList ? { use: `${name}_${String(index)}` } : ruleBody(parts)));
  return {
    [name]: { class: 'Firewall_Policy', rules: entries },
    ...Object.fromEntries(
      listed.map((parts) => [
        `${name}_${String(rules.indexOf(parts))}`,
        { class: 'Firewall_Rule_List', rules: [ruleBody(parts)] },
      ]),
    ),
  };
}

const rules = fc.array(rule, { maxLength: 4 });

const tenantBody = fc
  .record({
    lists: fc.tuple(addressList, addressList, addressList),
    nested: fc.uniqueArray(fc.constantFrom('10.0.0.4', '2001:db8::/126'), { minLength: 1 }),
    ports: fc.tuple(fc.constantFrom('80', '80-443'), fc.constantFrom('443', '53')),
    global: rules,
    namespace: rules,
    service: rules,
    server: fc.option(
      fc.record({
        address: fc.constantFrom('0.0.0.0', '10.0.0.0/29', '::'),
        layer4: fc.constantFrom('any', 'any', 'tcp'),
        virtualPort: fc.constantFrom(0, 0, 443),
      }),
      { freq: 6 },
    ),
  })
  .map(({ lists: [list0, list1, list2], nested, ports, global, namespace, service, server }): JsonObject => ({
    class: 'Tenant',
    Shared: {
      class: 'Application',
      template: 'shared',
      list0,
      list1,
      list2,
      nested: { class: 'Firewall_Address_List', addresses: nested },
      ports0: { class: 'Firewall_Port_List', ports: [ports[0]] },
      ports1: { class: 'Firewall_Port_List', ports: [ports[1]] },
      ...policyObjects('global', global),
      ...policyObjects('namespace', namespace),
      ...policyObjects('service', service),
      ...(server === null
        ? {}
        : {
            vs: {
              class: 'Service_L4',
              virtualAddresses: [server.address],
              layer4: server.layer4,
              virtualPort: server.virtualPort,
              policyFirewallEnforced: { use: 'service' },
            },
          }),
    },
  }));

const enforcement = fc.record({ global: fc.boolean(), namespace: fc.boolean() });

const firewall = fc.record({ tenant: fc.constantFrom('Common', 'shop'), body: tenantBody, enforcement });

type Firewall = typeof firewall extends fc.Arbitrary<infer Parts> ? Parts : never;

const routeDomainOfShop = 2;

/** The same in both notations: ours, and the simulator's. */
function stateOf({ tenant, body, enforcement: enforced }: Firewall): FirewallState & { readonly device: DeviceState } {
  const id = tenant === 'shop' ? routeDomainOfShop : 0;
  const withId = tenant === 'shop' ? { ...body, defaultRouteDomain: id } : body;
  const { objects } = translateTenant({ class: 'ADC', [tenant]: withId }, tenant);
  const path = (name: string) => `/${tenant}/Shared/${name}`;
  const device = initialState({
    partitions: tenant === 'shop' ? [{ name: 'shop', defaultRouteDomain: id }] : [],
    routeDomains: [{ path: '/shop/rd', id: routeDomainOfShop }],
    objects,
    globalRules: { enforcedPolicy: enforced.global ? path('global') : null },
  });
  const routeDomain = tenant === 'shop' ? '/shop/rd' : '/Common/0';
  const found = device.routeDomains.get(routeDomain);
  return {
    tenants: new Map([[tenant, withId]]),
    globalPolicy: enforced.global ? path('global') : null,
    routeDomainPolicies: new Map(enforced.namespace ? [[id, path('namespace')]] : []),
    device: {
      ...device,
      routeDomains: new Map([
        ...device.routeDomains,
        ...(found && enforced.namespace
          ? [[routeDomain, { ...found, enforcedPolicy: path('namespace') }] as const]
          : []),
      ]),
    },
  };
}

interface Probe {
  readonly source: string;
  readonly destination: string;
  readonly protocol: string;
  readonly port: number | null;
  readonly sourceNames: readonly string[];
  readonly destinationNames: readonly string[];
}

const someNames = fc.subarray(names);
const port = fc.constantFrom(0, 53, 79, 80, 81, 442, 443, 444, 65_535);
const probe: fc.Arbitrary<Probe> = fc
  .record({
    ends: fc.oneof(
      fc.uniqueArray(
        fc.constantFrom(
          ...['10.0.0.0', '10.0.0.1', '10.0.0.3', '10.0.0.4', '10.0.0.5', '10.0.0.6', '10.0.0.8', '9.9.9.9'],
        ),
        { minLength: 2, maxLength: 2 },
      ),
      fc.uniqueArray(fc.constantFrom('2001:db8::', '2001:db8::1', '2001:db8::3', '2001:db8::4'), {
        minLength: 2,
        maxLength: 2,
      }),
    ),
    protocol: fc.constantFrom('tcp', 'udp', 'icmp', 'gre'),
    port,
    sourceNames: someNames,
    destinationNames: someNames,
  })
  .map(({ ends: [source = '', destination = ''], protocol, port: number, ...rest }) => ({
    source,
    destination,
    protocol,
    port: protocol === 'tcp' || protocol === 'udp' ? number : null,
    ...rest,
  }));

function judged(device: DeviceState, packet: Probe, { tenant, routeDomain, virtualServer }: Route): Verdict {
  const server = virtualServer === null ? null : `/${tenant}/${virtualServer}`;
  const verdict = evaluate(
    device,
    {
      source: packet.source,
      destination: packet.destination,
      protocol: packet.protocol,
      ...(packet.port === null ? {} : { port: packet.port }),
      routeDomain,
      fqdnOf: (address) => (address === packet.source ? packet.sourceNames : packet.destinationNames),
    },
    { resolved: new Map(), strictDestinations: false },
  );
  if (server !== null && verdict.virtualServer !== server) return 'untaken';
  return verdict.action === 'accept' || verdict.action === 'accept-decisively' ? 'allow' : verdict.action;
}

function isIn(packet: Probe, { family, sources, destinations, services, when, unless }: Difference): boolean {
  const within = (text: string, spans: Difference['sources']) => {
    const address = parseAddress(text);
    return (
      address?.family === family && spans.some(({ first, last }) => first <= address.value && address.value <= last)
    );
  };
  const holds = (symbol: string) => {
    const [end, name = ''] = symbol.split(' ');
    return (end === 'source' ? packet.sourceNames : packet.destinationNames).includes(name);
  };
  return (
    within(packet.source, sources) &&
    within(packet.destination, destinations) &&
    services.some((service) =>
      'allBut' in service
        ? !service.allBut.includes(packet.protocol)
        : service.protocol === packet.protocol && reaches(packet.port, service.ports),
    ) &&
    when.every(holds) &&
    !unless.some(holds)
  );
}

function reaches(port: number | null, ports: readonly Span[] | null): boolean {
  return ports === null || ports.some(({ first, last }) => port !== null && first <= port && port <= last);
}

function differencesOn(route: Route, before: FirewallState, after: FirewallState): Difference[] {
  const families: readonly Family[] = [4, 6];
  return families.flatMap((family) =>
    compareChains(chainOf(before, route, family), chainOf(after, route, family), family),
  );
}

/** Of one tenant, half of the time with little changed: what differs everywhere shows nothing of what stays. */
const pairs = fc
  .record({ one: firewall, other: firewall, shared: fc.subarray(['list0', 'list1', 'list2', 'global', 'namespace']) })
  .map(({ one, other, shared }) => {
    const [oneShared, otherShared] = [one.body['Shared'], other.body['Shared']] as [JsonObject, JsonObject];
    const kept = Object.entries(oneShared).filter(([name]) => shared.some((prefix) => name.startsWith(prefix)));
    const rest = Object.entries(otherShared).filter(([name]) => !shared.some((prefix) => name.startsWith(prefix)));
    return {
      one,
      other: {
        ...other,
        tenant: one.tenant,
        body: { class: 'Tenant', Shared: Object.fromEntries([...rest, ...kept]) },
      },
    };
  });

describe('the comparison of two firewalls in effect', () => {
  it('finds a packet in exactly one difference when the two judge it differently, and in none otherwise', () => {
    let [differing, alike] = [0, 0];
    fc.assert(
      fc.property(pairs, fc.array(probe, { minLength: 40, maxLength: 40 }), ({ one, other }, packets) => {
        const [before, after] = [stateOf(one), stateOf(other)];
        for (const route of routesOf([before, after])) {
          const differences = differencesOn(route, before, after);
          expect(differences.filter(({ isUnsure }) => isUnsure)).toEqual([]);
          for (const packet of packets) {
            const [was, becomes] = [judged(before.device, packet, route), judged(after.device, packet, route)];
            const found = differences.filter((difference) => isIn(packet, difference));
            const verdicts = found.map((difference) => [difference.before.verdict, difference.after.verdict]);
            expect(verdicts, JSON.stringify(packet)).toEqual(was === becomes ? [] : [[was, becomes]]);
            if (was === becomes) alike += 1;
            else differing += 1;
          }
        }
      }),
      { numRuns: 80 },
    );
    // Both were met often enough to mean something.
    expect(Math.min(differing, alike)).toBeGreaterThan(100);
  }, 60_000);

  it('finds no difference between a firewall and itself', () => {
    fc.assert(
      fc.property(firewall, (one) => {
        const state = stateOf(one);
        expect(effectDifferences(state, state)).toEqual([]);
        expect(effectDifferences(state, stateOf(structuredClone(one)))).toEqual([]);
      }),
    );
  }, 60_000);
});
