import { objectKinds } from '#core/kinds';
import { type ClusterObject } from '#core/objects';
import { ClusterSpec, configured, gone, put } from '#testing/project/cluster-spec';
import {
  clusterRule,
  configurationText,
  endpoints,
  externalService,
  namespace,
  namespaceRule,
  pod,
  podRule,
  service,
  serviceRule,
} from '#testing/project/objects';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ClusterModel } from './cluster-model.js';
import { desiredTenants } from './desired-tenants.js';
import { type ClusterEvent } from './events.js';
import { type RuleState } from './rule-state.js';

const namespaceName = fc.constantFrom('shop', 'bank', 'elsewhere');
const small = fc.constantFrom('a', 'b', 'c');
const label = fc.constantFrom<Record<string, string>>({}, { app: 'web' }, { app: 'db' });
const address = fc.constantFrom('10.1.0.1', '10.1.0.2', '10.1.0.3', 'fd00::1', 'nonsense');
const cidr = fc.constantFrom(null, '10.1.0.0/24', '10.2.0.0/24,fd00::/64', '10.1.0.0/24,nonsense', '');
const action = fc.constantFrom('accept', 'accept-decisively', 'drop', 'reject', 'allow');
const selector = fc.constantFrom({}, { matchLabels: { app: 'web' } }, { matchLabels: 1 });
const spec = fc.record({ action, externalServices: fc.uniqueArray(small, { maxLength: 2 }) });

const object: fc.Arbitrary<ClusterObject> = fc.oneof(
  fc.record({ name: namespaceName, labels: label, cidr }).map(({ name, ...rest }) => namespace(name, rest)),
  fc
    .record({
      name: small,
      namespace: namespaceName,
      labels: label,
      addresses: fc.uniqueArray(address, { maxLength: 2 }),
      finished: fc.boolean(),
      hostNetwork: fc.constantFrom(false, false, true),
      instance: fc.constantFrom('', '2'),
    })
    .map(({ name, instance, ...rest }) => pod(name, { ...rest, uid: `${rest.namespace}/${name}${instance}` })),
  fc.record({ name: small, namespace: namespaceName }).map(({ name, ...rest }) => service(name, rest)),
  fc
    .record({ service: small, name: small, namespace: namespaceName, pods: fc.uniqueArray(small, { maxLength: 3 }) })
    .map(({ service: of, name, pods, ...rest }) =>
      endpoints(of, [], {
        ...rest,
        name,
        endpoints: pods.map((target) => ({
          addresses: [],
          pod: { namespace: rest.namespace, name: target, uid: `${rest.namespace}/${target}` },
        })),
      }),
    ),
  fc
    .record({ name: small, namespace: namespaceName, addresses: fc.uniqueArray(address, { maxLength: 2 }) })
    .map(({ name, namespace: of, addresses }) => externalService(name, { addresses }, { namespace: of })),
  fc
    .record({ name: small, spec, selector })
    .map((rule) =>
      clusterRule(rule.name, { ...rule.spec, ...(rule.name === 'a' ? {} : { namespaceSelector: rule.selector }) }),
    ),
  fc.record({ name: small, namespace: namespaceName, spec }).map((rule) => namespaceRule(rule.name, rule.spec, rule)),
  fc
    .record({ name: small, namespace: namespaceName, spec, service: small })
    .map((rule) => serviceRule(rule.name, { ...rule.spec, service: rule.service }, rule)),
  fc
    .record({ name: small, namespace: namespaceName, spec, selector })
    .map((rule) => podRule(rule.name, { ...rule.spec, podSelector: rule.selector }, rule)),
);

const tenants = [
  { name: 'Common', namespaces: 'shop' },
  { name: 'finance', namespaces: 'bank', routeDomain: { id: 7, name: 'fin' } },
];
const configuration = fc.constantFrom(
  configured(),
  configured(configurationText({ isSupportRouteDomain: true, tenant: tenants })),
  configured(configurationText({ isSupportRouteDomain: true, tenant: tenants, namespaceSource: 'pods' })),
  configured(configurationText({ namespaceSource: 'annotation', endpointsWithoutPods: 'allow' })),
);

const event: fc.Arbitrary<ClusterEvent> = fc.oneof(
  { weight: 12, arbitrary: object.map(put) },
  { weight: 4, arbitrary: object.map(gone) },
  { weight: 1, arbitrary: configuration },
);
const history = fc.array(fc.array(event, { minLength: 1, maxLength: 4 }), { maxLength: 30 });
const synced: ClusterEvent[] = objectKinds.map((kind) => ({ type: 'kind-synced', kind }));

describe('resolving only what a batch touches', () => {
  it('gives what resolving everything after each batch gives', () => {
    fc.assert(
      fc.property(history, (batches) => {
        const incremental = new ClusterSpec();
        const thorough = new ClusterSpec();
        for (const [index, batch] of [[configured(), ...synced], ...batches].entries()) {
          const { tenants: dirty } = incremental.when(...batch);
          const before = desiredTenants(thorough.model);
          // A kind that is synced once more touches every rule.
          thorough.when(...batch, ...(index === 0 ? [] : synced));
          expect(statesOf(incremental.model)).toEqual(statesOf(thorough.model));
          expectDirty(before, desiredTenants(incremental.model), dirty);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('gives the same whatever was loaded from the database in between', () => {
    fc.assert(
      fc.property(history, (batches) => {
        const continuous = new ClusterSpec();
        continuous.when(configured(), ...synced);
        let restored = reload(continuous.model);
        for (const batch of batches) {
          restored = reload(restored);
          const effects = continuous.when(...batch);
          for (const each of batch) restored.apply(each);
          expect(restored.settle()).toEqual(effects);
        }
        expect(desiredTenants(restored)).toEqual(desiredTenants(continuous.model));
      }),
      { numRuns: 50 },
    );
  });
});

/** What is stored, as JSON keeps it. */
function reload(model: ClusterModel): ClusterModel {
  const stored = <Value>(value: Value): Value => JSON.parse(JSON.stringify(value)) as Value;
  return ClusterModel.restore({
    configuration: stored(model.configurationEvent),
    retired: Object.fromEntries(model.retired),
    synced: objectKinds,
    objects: objectKinds.flatMap((kind) => [...model.objects.ofKind(kind)]).map(stored),
    rules: [...model.rules()].map(({ grants, ...state }): RuleState => ({
      ...stored(state),
      grants: grants === null ? null : new Map(grants),
    })),
  });
}

function statesOf(model: ClusterModel): ReadonlyMap<string, unknown> {
  return new Map([...model.rules()].map((state) => [state.object.uid, state]));
}

/** Every tenant whose rules differ was said to be dirty. */
function expectDirty(
  before: ReturnType<typeof desiredTenants>,
  after: ReturnType<typeof desiredTenants>,
  dirty: readonly string[],
): void {
  for (const { tenant, rules } of after) {
    const earlier = before.find((candidate) => candidate.tenant === tenant);
    if (JSON.stringify(earlier?.rules ?? []) !== JSON.stringify(rules)) expect(dirty).toContain(tenant);
  }
}
