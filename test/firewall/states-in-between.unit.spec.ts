import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { translateTenant } from '#apps/bigip-simulator/src/as3/translate';
import { keyOf } from '#apps/bigip-simulator/src/device/objects';
import { type DeviceState } from '#apps/bigip-simulator/src/device/state';
import { evaluate } from '#apps/bigip-simulator/src/packet/evaluate';
import { compileTenant } from '#compile/compile-tenant';
import { denyAllRule } from '#compile/names';
import { type Objects } from '#compile/objects';
import { entriesOf, entryName, type PolicyEntry } from '#compile/policy-entries';
import { narrowerStates } from '#compile/steps';
import { type Layout } from '#core/configuration';
import { type DesiredRule, type DesiredTenant } from '#core/desired';
import { isJsonObject, type JsonObject } from '#core/json';
import { configuration, tenantConfiguration } from '#testing/builders';
import { sharedOf } from '#testing/compiled';
import { packets, resolved, rulesInStates } from './arbitrary-rules.js';

/**
 * The states that lead through Common, for any change, needed or not: what a packet experiences on a device where any of
 * the objects have changed already and the others have not, whatever AS3 does first.
 */
const policies = ['k8s_system_global_policy', 'k8s_ns_policy_rd', 'k8s_svc_policy_rd'] as const;
const [globalPolicy, namespacePolicy, lastPolicy] = policies;

function tenantOf(clusterName: string, rules: readonly DesiredRule[], layout: Layout): DesiredTenant {
  const tenants = [tenantConfiguration({ layout })];
  const decides = configuration({ clusterName, masterCluster: 'k8s', defaultDeny: 'always', tenants });
  return {
    tenant: 'Common',
    configurations: [decides],
    rules: rules.map((rule) => ({ ...rule, cluster: clusterName })),
  };
}

function compiledBody(desired: DesiredTenant, stored: JsonObject | null): JsonObject | null {
  return compileTenant({ desired, as3Version: '3.56.0', stored })?.declaration ?? stored;
}

function objectsOf(body: JsonObject | null): Objects {
  const objects = Object.entries(sharedOf(body ?? {}));
  return new Map(objects.flatMap(([name, object]) => (isJsonObject(object) ? [[name, object] as const] : [])));
}

function isOurs(entry: PolicyEntry): boolean {
  return entryName(entry).startsWith('k8s_') || entryName(entry) === denyAllRule;
}

function deviceWith(objects: Objects): DeviceState {
  const Shared = { class: 'Application', template: 'shared', ...Object.fromEntries(objects) };
  const tenant = translateTenant({ class: 'ADC', Common: { class: 'Tenant', Shared } }, 'Common');
  const enforced = (name: string) => ({ enforcedPolicy: `/Common/Shared/${name}`, stagedPolicy: null });
  return {
    partitions: new Map([['Common', { name: 'Common', defaultRouteDomain: 0, description: null }]]),
    folders: new Set(),
    routeDomains: new Map([['/Common/0', { path: '/Common/0', id: 0, ...enforced(namespacePolicy) }]]),
    objects: new Map(tenant.objects.map((object) => [keyOf(object), object])),
    globalRules: enforced(globalPolicy),
    enforcedByAs3: new Set(),
  };
}

/** The numbers of the packets that get through. */
function passing(objects: Objects): ReadonlySet<number> {
  const device = deviceWith(objects);
  const options = { resolved: new Map(Object.entries(resolved)), strictDestinations: false };
  const passes = (index: number) =>
    evaluate(device, packets[index] ?? { source: '', destination: '', protocol: '' }, options).action.startsWith(
      'accept',
    );
  return new Set(packets.map((_, index) => index).filter(passes));
}

/** Some of the objects that differ have changed; what goes is still there, and what comes is there already. */
function midway(from: Objects, to: Objects, changed: readonly boolean[]): Objects {
  const names = [...new Set([...from.keys(), ...to.keys()])].sort();
  return new Map(
    names.flatMap((name, index) => {
      const [first, second] = changed[index % changed.length] === true ? [to, from] : [from, to];
      const object = first.get(name) ?? second.get(name);
      return object === undefined ? [] : [[name, object] as const];
    }),
  );
}

const changes = fc.record({
  rules: rulesInStates(2, 2),
  layouts: fc.tuple(
    fc.constantFrom<Layout>('in-place', 'rule-lists'),
    fc.constantFrom<Layout>('in-place', 'rule-lists'),
  ),
  changed: fc.array(fc.array(fc.boolean(), { minLength: 7, maxLength: 31 }), { minLength: 4, maxLength: 4 }),
});

describe('the states that lead through Common', () => {
  it('promise 1: only narrow what was allowed, then only widen to what will be, whichever object changes first', () => {
    fc.assert(
      fc.property(changes, ({ rules: [before = [], after = []], layouts, changed }) => {
        const [held, wanted] = [before, after].map((rules, index) =>
          objectsOf(compiledBody(tenantOf('k8s', rules, layouts[index] ?? 'in-place'), null)),
        );
        if (held === undefined || wanted === undefined) throw new Error('nothing is declared');
        const change = { held, wanted, policies, lastPolicy, isOurs };
        const [narrower, withLists] = narrowerStates(change, 'Common', layouts[1]);
        const [were, will] = [passing(held), passing(wanted)];
        for (const flags of changed) {
          const down = passing(midway(held, narrower, flags));
          expect([...down].filter((packet) => !were.has(packet))).toEqual([]);
          const across = passing(midway(narrower, withLists, flags));
          expect([...across].filter((packet) => !were.has(packet) || !will.has(packet))).toEqual([]);
          const up = passing(midway(withLists, wanted, flags));
          expect([...up].filter((packet) => !will.has(packet))).toEqual([]);
        }
      }),
      { numRuns: 60 },
    );
  }, 60_000);

  it('promise 10: leave the entries of other clusters as they are, in their order, and no pointer dangling', () => {
    fc.assert(
      fc.property(changes, rulesInStates(1, 1), ({ rules: [before = [], after = []], layouts }, [theirs = []]) => {
        const [masters, others] = [tenantOf('k8s', before, layouts[0]), tenantOf('c2', theirs, layouts[0])];
        const stored = compiledBody(others, compiledBody(masters, null));
        const [held, wanted] = [objectsOf(stored), objectsOf(compiledBody(tenantOf('k8s', after, layouts[1]), stored))];
        const change = { held, wanted, policies, lastPolicy, isOurs };
        for (const state of narrowerStates(change, 'Common', layouts[1])) {
          for (const policy of policies) {
            const foreign = (objects: Objects) => entriesOf(objects.get(policy)).filter((entry) => !isOurs(entry));
            expect(foreign(state)).toEqual(foreign(held));
          }
          const pointers = JSON.stringify([...state.values()]).matchAll(/"\/Common\/Shared\/([^"]+)"/g);
          expect([...pointers].map(([, name = '']) => name).filter((name) => !state.has(name))).toEqual([]);
        }
      }),
      { numRuns: 60 },
    );
  }, 60_000);
});
