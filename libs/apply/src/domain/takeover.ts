import { type CompiledTenant } from '#compile/compile-tenant';
import { describeDifference, differences } from '#compile/difference';
import { describeEffect, effectDifferences, type FirewallState } from '#compile/effect/effect';
import { commonTenant } from '#core/configuration';
import { type DesiredTenant } from '#core/desired';
import { canonicalJson, type JsonObject, plainJson } from '#core/json';
import { type TakeoverFinding } from '#project/ports/takeover';
import { createHash } from 'node:crypto';
import { type Hold } from './contact.js';
import { policyAt } from './enforcement.js';

/** What of the device decides about packets, besides the tenant itself. */
export interface Surroundings {
  /** Bodies of the tenants whose policies judge the same packets, and of the tenant itself where AS3 stored it. */
  readonly tenants: ReadonlyMap<string, JsonObject>;
  readonly globalPolicy: string | null;
  /** The policy that each route domain enforces, by the route domain's path. */
  readonly routeDomains: ReadonlyMap<string, { readonly id: number; readonly policy: string | null }>;
}

/** More is not read by anybody; the counts tell how much there is. */
const mostLines = 500;

/** What the tenant's first declaration would mean, object by object and packet by packet. */
export function takeoverFinding(
  hold: Hold,
  compiled: CompiledTenant,
  objects: readonly string[],
  surroundings: Surroundings,
): TakeoverFinding {
  const { tenant, declaration, steps } = compiled;
  const [before, after] = [stateBefore(surroundings), stateAfter(surroundings, compiled)];
  const effect = effectDifferences(before, after).map((difference) => ({
    change: difference.change,
    packets: describeEffect(difference),
  }));
  const changed = differences(surroundings.tenants.get(tenant) ?? null, declaration).flatMap(describeDifference);
  const digest = createHash('sha256')
    .update(canonicalJson(plainJson({ reason: hold.reason, objects, effect })))
    .digest('hex');
  return {
    digest,
    reason: hold.reason,
    objects: objects.slice(0, mostLines),
    differences: changed.slice(0, mostLines),
    effect: effect.slice(0, mostLines),
    counts: { objects: objects.length, differences: changed.length, effect: effect.length },
    steps: steps.length,
  };
}

function stateBefore({ tenants, globalPolicy, routeDomains }: Surroundings): FirewallState {
  const enforced = [...routeDomains.values()].flatMap(({ id, policy }) =>
    policy === null ? [] : [[id, policy] as const],
  );
  return { tenants, globalPolicy, routeDomainPolicies: new Map(enforced) };
}

/** Where nothing is enforced, ours is; what somebody else enforces stays. */
function stateAfter(surroundings: Surroundings, compiled: CompiledTenant): FirewallState {
  const { tenant, declaration, enforcement } = compiled;
  const before = stateBefore(surroundings);
  const global = enforcement.find(({ type }) => type === 'global')?.policy ?? null;
  const ours = enforcement.flatMap((entry) => {
    const place = entry.type === 'route-domain' ? surroundings.routeDomains.get(entry.routeDomain) : undefined;
    return place === undefined ? [] : [[place.id, policyAt(entry, place.policy, compiled)] as const];
  });
  return {
    tenants: new Map([...before.tenants, [tenant, declaration]]),
    globalPolicy: before.globalPolicy ?? global,
    routeDomainPolicies: new Map([...before.routeDomainPolicies, ...ours]),
  };
}

export interface SurroundingPlaces {
  readonly tenants: readonly string[];
  readonly routeDomains: readonly { readonly path: string; readonly id: number }[];
}

/** Common judges the packets of every tenant; those of any other are judged by Common and by itself. */
export function surroundingPlaces({ tenant, configurations }: DesiredTenant): SurroundingPlaces {
  const listed = configurations.flatMap(({ tenants, routeDomains }) => (routeDomains ? tenants : []));
  const concerned = listed.filter(({ name }) => tenant === commonTenant || name === tenant);
  const places = concerned.flatMap(({ name, routeDomain }) =>
    routeDomain === null ? [] : [{ path: `/${name}/${routeDomain.name}`, id: routeDomain.id }],
  );
  const inDefault = { path: '/Common/0', id: 0 };
  const all = [...places, inDefault];
  return {
    tenants: [...new Set([commonTenant, tenant, ...concerned.map(({ name }) => name)])],
    routeDomains: [...new Map(all.map((place) => [place.path, place])).values()],
  };
}
