import { objectKinds } from '#core/kinds';
import { arbitraryConfiguration, arbitraryObject } from '#testing/project/arbitrary-objects';
import { ClusterSpec, configured, gone, put } from '#testing/project/cluster-spec';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ClusterModel } from './cluster-model.js';
import { desiredTenants } from './desired-tenants.js';
import { type ClusterEvent } from './events.js';
import { type RuleState } from './rule-state.js';

const event: fc.Arbitrary<ClusterEvent> = fc.oneof(
  { weight: 12, arbitrary: arbitraryObject.map(put) },
  { weight: 4, arbitrary: arbitraryObject.map(gone) },
  { weight: 1, arbitrary: arbitraryConfiguration.map((text) => configured(text)) },
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
    pinned: model.pinnedRules(),
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
