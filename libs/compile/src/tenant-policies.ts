import { commonTenant } from '#core/configuration';
import { type RuleKind } from '#core/kinds';
import { type DeclaredPolicies } from './declared-policy.js';
import { formerEntries } from './leaving-policies.js';
import { pathOf } from './names.js';
import { isOrderRemark, orderRemark } from './order-remark.js';
import { eachOnce, entriesOf, entryName, isDenyAll, mergedEntries, type PolicyEntry } from './policy-entries.js';
import { isPolicy, type Objects } from './objects.js';
import { type StoredTenant } from './stored-tenant.js';
import { denyAll } from './shared-objects.js';
import { type TenantPlan } from './tenant-plan.js';

/** AFM's contexts, in the order in which they judge a packet; one policy each. */
export type Context = 'global' | 'namespace' | 'service';

export function contextOf(kind: RuleKind): Context {
  switch (kind) {
    case 'ClusterEgressRule':
      return 'global';
    case 'NamespaceEgressRule':
      return 'namespace';
    case 'ServiceEgressRule':
    case 'PodEgressRule':
      return 'service';
  }
}

export function policyName(plan: TenantPlan, context: Context): string {
  switch (context) {
    case 'global':
      return plan.names.globalPolicy;
    case 'namespace':
      return plan.names.namespacePolicy;
    case 'service':
      return plan.names.servicePolicy;
  }
}

/** The contexts that a tenant has policies for: the global one stands in Common only. */
export function contextsOf(tenant: string): readonly Context[] {
  return tenant === commonTenant ? ['global', 'namespace', 'service'] : ['namespace', 'service'];
}

export type EntriesByContext = ReadonlyMap<Context, readonly PolicyEntry[]>;

/** The entry that denies everything, in the form of the layout. */
export function denyAllEntry({ layout, tenant, names }: TenantPlan): PolicyEntry {
  return layout === 'in-place' ? denyAll : { use: pathOf(tenant, names.denyAllList) };
}

/**
 * The policies of a tenant whose shared objects are ours, with deny-all at the end of the service policy.
 * @param leaving names of policies that they take the place of.
 */
export function declaredPolicies(
  plan: TenantPlan,
  entries: EntriesByContext,
  stored: StoredTenant,
  leaving: readonly string[],
  isOurs: (name: string) => boolean,
  policies: DeclaredPolicies,
): Objects {
  return new Map(
    contextsOf(plan.tenant).map((context) => {
      const name = policyName(plan, context);
      const rules = mergedEntries(
        eachOnce([...formerEntries(name, leaving, stored), ...entriesOf(stored.object(name))]),
        entries.get(context) ?? [],
        (entry) => isOurs(entryName(entry)) || isDenyAll(entry, plan.names),
        () => false,
      );
      return [name, policies.of(name, context === 'service' ? [...rules, denyAllEntry(plan)] : rules)];
    }),
  );
}

/**
 * The policies of another installation's master cluster, as they are stored, with our entries in place. Contexts whose
 * policy is not stored are absent: then our rules have nowhere to stand.
 */
export function keptPolicies(
  plan: TenantPlan,
  entries: EntriesByContext,
  others: Objects,
  isOurs: (name: string) => boolean,
): Objects {
  const contextOfPolicy = new Map(contextsOf(plan.tenant).map((context) => [policyName(plan, context), context]));
  const shared = [...others].filter(
    ([name, object]) => isPolicy(object) && name.startsWith(`${plan.configuration.masterCluster}_`),
  );
  return new Map(
    shared.map(([name, policy]) => {
      const context = plan.tenantConfiguration === null ? undefined : contextOfPolicy.get(name);
      const ours = context === undefined ? [] : (entries.get(context) ?? []);
      const rules = mergedEntries(
        entriesOf(policy),
        ours,
        (entry) => isOurs(entryName(entry)) && !isDenyAll(entry, plan.names),
        (entry) => isDenyAll(entry, plan.names),
      );
      const { remark } = policy;
      const told =
        typeof remark === 'string' && isOrderRemark(remark) ? { remark: orderRemark(rules.map(entryName)) } : {};
      return [name, { ...policy, ...told, rules }];
    }),
  );
}
