import fc from 'fast-check';
import { type AcceptedDestination, type DesiredRule } from '#core/desired';
import { actions } from '#core/rule';
import { arbitraryRule } from '#testing/arbitrary-desired';
import { type TestPacket } from './rule-semantics.js';

/** What the device's resolver knows. */
export const resolved = { 'example.com': ['203.0.113.200'], 'api.example.org': ['203.0.113.201'] };

const sources = ['10.1.0.0', '10.1.0.1', '10.1.0.2'];
const destinations = ['192.0.2.1', '192.0.2.14', '198.51.100.7', '203.0.113.5', '203.0.113.200', '8.8.8.8'];
const traffic = [
  { protocol: 'tcp', port: 443 },
  { protocol: 'tcp', port: 22 },
  { protocol: 'udp', port: 53 },
  { protocol: 'icmp' },
];

/** One for each that the rules below could tell from another. */
export const packets: readonly TestPacket[] = sources.flatMap((source) =>
  destinations.flatMap((destination) => traffic.map((kind) => ({ source, destination, ...kind }))),
);

/** Few different ones, so that rules are about the same packets; some with all that an external service may have. */
const fewDestinations: fc.Arbitrary<readonly AcceptedDestination[]> = fc.uniqueArray(
  fc.record({
    externalService: fc.constantFrom('one', 'two'),
    addresses: fc.subarray(['192.0.2.0/28', '198.51.100.7'], { minLength: 1 }),
    domainNames: fc.subarray(['example.com']),
    services: fc.constantFrom(
      [{ key: 'tcp', protocol: 'tcp', ports: ['443'], bandwidth: null }],
      [{ key: 'any', protocol: 'any', ports: [], bandwidth: null }],
    ),
  }),
  { minLength: 1, selector: ({ externalService }) => externalService },
);
const anyDestinations = arbitraryRule().map(({ destinations: any }) => any.map(withoutBandwidth));
const arbitraryDestinations = fc.oneof(
  { weight: 4, arbitrary: fewDestinations },
  { weight: 1, arbitrary: anyDestinations },
);

/** The iRules that bandwidths name are the device's own. */
function withoutBandwidth(destination: AcceptedDestination): AcceptedDestination {
  return { ...destination, services: destination.services.map((group) => ({ ...group, bandwidth: null })) };
}

const rule: fc.Arbitrary<DesiredRule> = fc
  .tuple(arbitraryRule(), arbitraryDestinations, fc.subarray(sources, { minLength: 1 }))
  .map(([desired, someDestinations, prefixes]) => ({
    ...desired,
    destinations: someDestinations,
    prefixes: desired.prefixes === null ? null : prefixes,
  }));

/** What becomes of a rule from one state to the next. */
const variation = fc.record({
  absent: fc.constantFrom(true, false, false, false, false),
  action: seldom(fc.constantFrom(...actions)),
  priority: seldom(fc.constantFrom(1, 500, 2000)),
  prefixes: seldom(fc.subarray(sources)),
  destinations: seldom(arbitraryDestinations),
});

type Variation = typeof variation extends fc.Arbitrary<infer Value> ? Value : never;

function seldom<Value>(arbitrary: fc.Arbitrary<Value>): fc.Arbitrary<Value | undefined> {
  return fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: 2, arbitrary });
}

/** Up to seven rules, in so many states one after the other. */
export function rulesInStates(atLeast: number, atMost: number): fc.Arbitrary<DesiredRule[][]> {
  return fc
    .record({
      first: fc.uniqueArray(rule, { minLength: 1, maxLength: 7, selector: ({ uid }) => uid }),
      variations: fc.array(fc.array(variation, { minLength: 7, maxLength: 7 }), {
        minLength: atLeast,
        maxLength: atMost,
      }),
    })
    .map(({ first, variations }) =>
      variations.map((ofRules) =>
        first.flatMap((desired, index) => {
          const how = ofRules[index];
          return how === undefined || how.absent ? [] : [varied(desired, how)];
        }),
      ),
    );
}

function varied(desired: DesiredRule, how: Variation): DesiredRule {
  return {
    ...desired,
    action: how.action ?? desired.action,
    priority: how.priority ?? desired.priority,
    prefixes: desired.prefixes === null ? null : (how.prefixes ?? desired.prefixes),
    destinations: how.destinations ?? desired.destinations,
  };
}
