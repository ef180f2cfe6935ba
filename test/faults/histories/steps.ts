import fc from 'fast-check';
import { type Layout } from '#core/configuration';
import { actions } from '#core/rule';
import { ruleKinds } from '#core/kinds';
import { addressTexts, clusters, namespaces, names, podAddresses, portTexts, type Tenant, tenants } from './scenery.js';

const namespace = fc.constantFrom(...namespaces);
const name = fc.constantFrom(...names);
const app = fc.constantFrom('web', 'db');
const place = fc.record({ namespace, name });
/** Now and then it is another object of the same name. */
const fresh = fc.constantFrom(false, false, false, true);

const podChange = fc.record({
  type: fc.constant('pod'),
  place,
  address: fc.nat({ max: podAddresses - 1 }),
  app,
  state: fc.constantFrom('running', 'running', 'running', 'running', 'finished', 'host-network'),
  fresh,
});

/** The pod goes, and another one has its address at once. */
const handOver = fc.record({ type: fc.constant('hand-over'), from: place, to: place, app });

const serviceChange = fc.record({ type: fc.constant('service'), place, pods: fc.subarray([...names]) });

const externalServiceChange = fc.record({
  type: fc.constant('external-service'),
  /** Null: where cluster rules look. */
  namespace: fc.option(namespace, { freq: 3 }),
  name,
  addresses: fc.nat({ max: addressTexts.length - 1 }),
  ports: fc.nat({ max: portTexts.length - 1 }),
});

const ruleChange = fc.record({
  type: fc.constant('rule'),
  kind: fc.constantFrom(...ruleKinds),
  place,
  action: fc.constantFrom(...actions, 'accept', 'accept-decisively', 'allow'),
  externalServices: fc.subarray([...names], { minLength: 1 }),
  /** Of a ServiceEgressRule. */
  service: name,
  /** Of a PodEgressRule, and of a ClusterEgressRule where it is not for everyone. */
  app,
  everyone: fc.boolean(),
  priority: fc.constantFrom(null, null, 10, 2_000),
  fresh,
});

const namespaceChange = fc.record({
  type: fc.constant('namespace'),
  namespace,
  app,
  network: fc.constantFrom(false, false, true),
});

const removal = fc.record({
  type: fc.constant('removal'),
  kind: fc.constantFrom('Pod', 'Pod', 'Service', 'EndpointSlice', 'ExternalService', 'Namespace', ...ruleKinds),
  place,
});

/** Something that happens to one object of a cluster, or to two that belong together. */
const clusterChange = fc.oneof(
  { weight: 4, arbitrary: podChange },
  { weight: 2, arbitrary: handOver },
  { weight: 2, arbitrary: serviceChange },
  { weight: 3, arbitrary: externalServiceChange },
  { weight: 5, arbitrary: ruleChange },
  { weight: 1, arbitrary: namespaceChange },
  { weight: 3, arbitrary: removal },
);
export type ClusterChange = Values<typeof clusterChange>;

const someChanges = fc.record({
  cluster: fc.constantFrom(clusters[0], clusters[0], clusters[1]),
  changes: fc.array(clusterChange, { minLength: 1, maxLength: 4, size: 'max' }),
});
export type SomeChanges = Values<typeof someChanges>;

/** What comes between the worker and the device, the database or its own next step; `at` counts the worker's calls. */
const interference = fc.record({
  at: fc.nat({ max: 40 }),
  what: fc.constantFrom(
    ...(['kill', 'kill', 'kill', 'sleep', 'sleep', 'reboot', 'changes', 'other-writer', 'busy'] as const),
    ...(['refuse', 'reset', 'black-hole', 'broken-tls', 'status-503', 'lose-answer', 'cut-short'] as const),
  ),
  meanwhile: someChanges,
});
export type Interference = Values<typeof interference>;

const tenant = fc.constantFrom<Tenant>(...tenants.map((each) => each.name));
const plan = fc.record({
  layout: fc.constantFrom<Layout>('in-place', 'rule-lists'),
  tenantOf: fc.record({
    shop: fc.constantFrom<Tenant | null>('alpha', 'alpha', 'beta', null),
    bank: fc.constantFrom<Tenant | null>('beta', 'beta', 'alpha', 'Common'),
    lab: fc.option(tenant, { freq: 3 }),
  }),
});

const refusal = fc.record({
  type: fc.constant('refusal'),
  kind: fc.constantFrom('global', 'ns', 'svc', 'pod'),
  name,
  by: fc.constantFrom('device', 'as3'),
  named: fc.boolean(),
});

const step = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      type: fc.constant('changes'),
      changes: someChanges,
      delivery: fc.constantFrom('once', 'once', 'once', 'once', 'once', 'twice', 'late', 'lost'),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({ type: fc.constant('work'), interference: fc.option(interference, { freq: 2 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant('plan'), plan, switchesRouteDomains: fc.boolean() }),
  },
  { weight: 1, arbitrary: refusal },
  { weight: 1, arbitrary: fc.constantFrom({ type: 'mend' } as const, { type: 'resync' } as const) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('list'), cluster: fc.constantFrom(...clusters) }) },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant('projector-restart'), cluster: fc.constantFrom(...clusters) }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('other-writer'), tenant }) },
);
export type Step = Values<typeof step>;

/** All of what rules refer to, so that most of them let something out. */
const ground: fc.Arbitrary<ClusterChange[]> = fc
  .record({
    addresses: fc.array(fc.nat({ max: 2 }), { minLength: 12, maxLength: 12 }),
    ports: fc.array(fc.nat({ max: 3 }), { minLength: 12, maxLength: 12 }),
    apps: fc.array(app, { minLength: 4, maxLength: 4 }),
  })
  .map(({ addresses, ports, apps }) => [
    ...namespaces.map((each, index) => ({
      type: 'namespace' as const,
      namespace: each,
      app: apps[index] ?? 'web',
      network: false,
    })),
    ...[null, ...namespaces].flatMap((each, index) =>
      names.map((of, number) => ({
        type: 'external-service' as const,
        namespace: each,
        name: of,
        addresses: addresses[index * names.length + number] ?? 0,
        ports: ports[index * names.length + number] ?? 0,
      })),
    ),
    ...apps.map((of, index) => ({
      type: 'pod' as const,
      place: { namespace: namespaces[index % 2] ?? 'shop', name: names[index >> 1] ?? 'a' },
      address: index,
      app: of,
      state: 'running' as const,
      fresh: false,
    })),
    ...(['shop', 'bank'] as const).map((of) => ({
      type: 'service' as const,
      place: { namespace: of, name: 'a' as const },
      pods: ['a' as const, 'b' as const],
    })),
  ]);

/** What was there at the start, how it is configured, and what happens then. */
export const arbitraryHistory = fc.record({
  routeDomains: fc.constantFrom(true, true, true, false),
  plan,
  ground,
  rules: fc.array(ruleChange, { maxLength: 8, size: 'max' }),
  steps: fc.array(step, { minLength: 1, maxLength: 18, size: 'max' }),
});
export type History = Values<typeof arbitraryHistory>;

type Values<Arbitrary> = Arbitrary extends fc.Arbitrary<infer Value> ? Value : never;
