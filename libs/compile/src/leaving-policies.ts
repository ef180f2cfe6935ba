import { commonTenant } from '#core/configuration';
import { type RouteDomainEnforcement } from './compiled-tenant.js';
import { type DeclaredPolicies } from './declared-policy.js';
import { partsOfPolicyName, pathOf } from './names.js';
import { isPolicy, type Objects } from './objects.js';
import { entriesOf, type PolicyEntry } from './policy-entries.js';
import { type StoredTenant } from './stored-tenant.js';

/**
 * The policies of ours that go, by name. One goes when its route domain has another name now, which is part of its own:
 * because `isSupportRouteDomain` was switched, or another route domain was configured. AS3 does not know where iControl
 * enforces it, and the device deletes none that is enforced (ADR 27).
 */
export function leavingPolicies(stored: StoredTenant, staying: readonly string[]): string[] {
  return stored.ours.filter((name) => isPolicy(stored.object(name)) && !staying.includes(name));
}

/** The entries of those that stood in the place of a policy before. */
export function formerEntries(policy: string, leaving: readonly string[], stored: StoredTenant): PolicyEntry[] {
  const scope = partsOfPolicyName(policy)?.scope;
  return leaving
    .filter((name) => scope !== undefined && partsOfPolicyName(name)?.scope === scope)
    .flatMap((name) => entriesOf(stored.object(name)));
}

/**
 * The form in which they stay for as long as one of them may be enforced: closed. What others have in them stays behind
 * that, until it stands in the policies that take their place.
 * @param end the entry that denies everything.
 */
export function closedPolicies(
  leaving: readonly string[],
  stored: StoredTenant,
  isOurs: (entry: PolicyEntry) => boolean,
  end: PolicyEntry,
  policies: DeclaredPolicies,
): Objects {
  return new Map(
    leaving.map((name) => {
      const others = entriesOf(stored.object(name)).filter((entry) => !isOurs(entry));
      return [name, policies.of(name, [end, ...others])];
    }),
  );
}

/** Where those of namespaces may be enforced. */
export function enforcedBefore(tenant: string, leaving: readonly string[]): RouteDomainEnforcement[] {
  return leaving.flatMap((name): RouteDomainEnforcement[] => {
    const parts = partsOfPolicyName(name);
    if (parts?.scope !== 'ns') return [];
    const routeDomain = tenant === commonTenant ? '0' : parts.routeDomain;
    return [{ type: 'route-domain', routeDomain: `/${tenant}/${routeDomain}`, policy: pathOf(tenant, name) }];
  });
}
