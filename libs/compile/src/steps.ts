import { commonTenant, type Layout } from '#core/configuration';
import { isOfFirewall, isSame } from './first-pass.js';
import { narrowedPolicies } from './narrowed-policies.js';
import { isPolicy, type Objects } from './objects.js';
import { objectsToKeepForNow } from './rule-list-removal.js';
import { type CommonChange, opensBetweenPasses } from './two-passes.js';

/** The objects of one declaration on the way to what is wanted. */
export interface Step {
  readonly objects: Objects;
  /** It allows nothing but what is allowed both before and after all steps. */
  readonly narrowed: boolean;
}

/**
 * The declarations that lead from what AS3 holds to what is wanted, the last one included; most often it is the only one.
 * @param closed the policies of ours that go, in the form in which they stay on the way.
 */
export function stepsTo(
  change: CommonChange,
  closed: Objects,
  { tenant, layout }: { readonly tenant: string; readonly layout: Layout },
): Step[] {
  const { held, wanted } = change;
  const between = statesInBetween(change, closed, tenant, layout);
  const states = [...between.map((objects) => ({ objects, narrowed: true })), { objects: wanted, narrowed: false }];
  return states.flatMap((state, index) => {
    const kept = objectsToKeepForNow(states[index - 1]?.objects ?? held, state.objects, tenant);
    return kept.size === 0 ? [state] : [{ ...state, objects: new Map([...state.objects, ...kept]) }, state];
  });
}

/**
 * The same, but for a virtual server that does not stand yet: it comes in a declaration of its own, last. It judges packets
 * by its own policy from its first moment on, and the other policies only from when iControl has enforced them (ADR 25).
 */
export function withVirtualServerLast(steps: readonly Step[], held: Objects, virtualServer: string): readonly Step[] {
  const [first] = steps;
  if (first === undefined || held.has(virtualServer) || !first.objects.has(virtualServer)) return steps;
  const without = new Map([...first.objects].filter(([name]) => name !== virtualServer));
  return [{ objects: without, narrowed: true }, ...steps];
}

/** Only Common is applied in two transactions; to go by way of narrower states may be necessary anywhere. */
function statesInBetween(change: CommonChange, closed: Objects, tenant: string, layout: Layout): Objects[] {
  const opensFrom = (held: Objects) => tenant === commonTenant && opensBetweenPasses({ ...change, held });
  if (closed.size === 0 && !opensFrom(change.held)) return [];
  const [narrower, sameWithLists] = narrowerStates(change, tenant, layout);
  const states = opensFrom(narrower) ? [narrower, sameWithLists] : [narrower];
  return states.map((state) => new Map([...state, ...closed]));
}

/**
 * Two states on the way, in each of which only policies change or only lists: first policies that are narrower than before
 * and after, with all lists as they were; then all lists as they are wanted, while nothing refers to those that change.
 */
export function narrowerStates(change: CommonChange, tenant: string, layout: Layout): readonly [Objects, Objects] {
  const { held, wanted } = change;
  const { policies, copies } = narrowedPolicies(change, tenant, layout);
  const asTheyWere = [...held].filter(
    ([name, object]) => isOfFirewall(object) && !isPolicy(object) && !isSame(name, held, wanted),
  );
  return [new Map([...wanted, ...asTheyWere, ...copies, ...policies]), new Map([...wanted, ...copies, ...policies])];
}
