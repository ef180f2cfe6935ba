import { commonTenant } from '#core/configuration';
import { type DesiredRule } from '#core/desired';
import { type JsonObject } from '#core/json';
import { newestOf, versionOfOwnRouteDomains } from './as3-features.js';
import { type CompiledTenant, type CompileInput, type Enforcement, type LeftOut } from './compiled-tenant.js';
import { type Digests } from './digest.js';
import { pathOf } from './names.js';
import { ownershipOf } from './ownership.js';
import { type RuleFragment } from './rule-fragment.js';
import { emptiedLists, isPolicy, objectsToKeepForNow } from './rule-list-removal.js';
import { denyAllList, trafficObjects } from './shared-objects.js';
import { type StoredTenant, storedTenant } from './stored-tenant.js';
import {
  contextOf,
  contextsOf,
  declaredPolicies,
  type EntriesByContext,
  keptPolicies,
  policyName,
} from './tenant-policies.js';
import { type TenantPlan } from './tenant-plan.js';

export interface CompiledRule {
  readonly rule: DesiredRule;
  readonly fragment: RuleFragment;
}

/** Puts a tenant together: the rules' fragments, the shared objects, and what others keep in it. */
export function assembleTenant(
  plan: TenantPlan,
  /** In rule order. */
  rules: readonly CompiledRule[],
  { as3Version, stored: body }: Pick<CompileInput, 'as3Version' | 'stored'>,
  digests: Digests,
): CompiledTenant | null {
  const stored = storedTenant(body);
  const isOurs = ownership(plan, stored);
  const extent = extentOf(plan, rules.length > 0, stored, isOurs);
  if (extent === 'nothing') return null;

  const entries = entriesByContext(plan, rules);
  const policies =
    extent === 'rules'
      ? keptPolicies(plan, entries, stored.objects, isOurs)
      : declaredPolicies(plan, entries, stored.objects, isOurs);
  const objects = new Map<string, JsonObject>();
  for (const [name, object] of stored.objects) if (!isOurs(name)) objects.set(name, object);
  if (extent !== 'rules') for (const { name, object } of sharedObjects(plan, extent)) objects.set(name, object);
  for (const [name, policy] of policies) objects.set(name, policy);
  for (const { fragment } of rules) for (const { name, object } of fragment.objects) objects.set(name, object);
  for (const [name, list] of emptiedLists(stored.objects, objects, isOurs, plan.names.denyAllList))
    objects.set(name, list);

  const keptForNow = objectsToKeepForNow(stored.objects, objects, plan.tenant);
  const declaration = tenantBody(plan, stored, objects, as3Version);
  const interim =
    keptForNow.size === 0 ? [] : [tenantBody(plan, stored, new Map([...objects, ...keptForNow]), as3Version)];
  return {
    tenant: plan.tenant,
    schemaVersion: newestOf(
      plan.configuration.schemaVersion,
      ...new Set(rules.map(({ fragment }) => fragment.schemaVersion)),
      ...('useCommonRouteDomainTenant' in declaration ? [versionOfOwnRouteDomains(as3Version) ?? '3.0.0'] : []),
    ),
    steps: [...interim, declaration],
    declaration,
    digest: digests.ofDeclaration(declaration),
    enforcement: extent === 'rules' ? [] : enforcementOf(plan),
    leftOut: rules.flatMap((compiled) => leftOutOf(compiled, plan, policies)),
  };
}

/**
 * What of the stored tenant is ours. The names of shared objects begin like those of rules (`k8s_svc_policy_rd`); where
 * the shared objects are not ours to change they are told apart.
 */
function ownership({ installation, names }: TenantPlan, { objects }: StoredTenant): (name: string) => boolean {
  const isOurs = ownershipOf(installation);
  if (installation.master !== null) return isOurs;
  return (name) => isOurs(name) && name !== names.denyAllList && !isPolicy(objects.get(name));
}

/**
 * How much of a tenant we declare: nothing · only our rules, into the policies of another installation · the policies
 * alone (Common, before its first rule) · all of it, with the virtual server that carries the traffic.
 */
type Extent = 'nothing' | 'rules' | 'policies' | 'all';

function extentOf(
  plan: TenantPlan,
  hasRules: boolean,
  stored: StoredTenant,
  isOurs: (name: string) => boolean,
): Extent {
  const storesOurs = [...stored.objects.keys()].some(isOurs);
  if (plan.installation.master === null) return hasRules || storesOurs ? 'rules' : 'nothing';
  // A virtual server without rules would black-hole the tenant's traffic: it comes with the first rule, and then stays.
  const always = plan.configuration.defaultDeny === 'always';
  if (hasRules || always || stored.objects.has(plan.names.virtualServer)) return 'all';
  return plan.tenant === commonTenant || storesOurs ? 'policies' : 'nothing';
}

function sharedObjects(plan: TenantPlan, extent: 'policies' | 'all') {
  const traffic = extent === 'all' && plan.tenantConfiguration ? trafficObjects(plan, plan.tenantConfiguration) : [];
  return plan.layout === 'rule-lists' ? [...traffic, denyAllList(plan.names)] : traffic;
}

function entriesByContext(plan: TenantPlan, rules: readonly CompiledRule[]): EntriesByContext {
  return new Map(
    contextsOf(plan.tenant).map((context) => [
      context,
      rules.filter(({ rule }) => contextOf(rule.kind) === context).flatMap(({ fragment }) => fragment.entries),
    ]),
  );
}

function tenantBody(
  plan: TenantPlan,
  stored: StoredTenant,
  objects: ReadonlyMap<string, JsonObject>,
  as3Version: string,
): JsonObject {
  return {
    class: 'Tenant',
    ...stored.others,
    ...routeDomainOf(plan, as3Version),
    Shared: { class: 'Application', template: 'shared', ...stored.settings, ...Object.fromEntries(objects) },
  };
}

function routeDomainOf({ tenant, configuration, tenantConfiguration }: TenantPlan, as3Version: string): JsonObject {
  if (tenant === commonTenant) return {};
  const id = configuration.routeDomains ? tenantConfiguration?.routeDomain?.id : undefined;
  return {
    ...(id === undefined ? {} : { defaultRouteDomain: id }),
    // Else AS3 would switch the namespace policy of the tenant's route domain off with each declaration.
    ...(versionOfOwnRouteDomains(as3Version) === null ? {} : { useCommonRouteDomainTenant: false }),
  };
}

function enforcementOf({ tenant, configuration, tenantConfiguration, names }: TenantPlan): Enforcement[] {
  const routeDomain = configuration.routeDomains ? tenantConfiguration?.routeDomain?.name : '0';
  const namespace: Enforcement[] =
    routeDomain === undefined
      ? []
      : [
          {
            type: 'route-domain',
            routeDomain: `/${tenant}/${routeDomain}`,
            policy: pathOf(tenant, names.namespacePolicy),
          },
        ];
  const global: Enforcement = { type: 'global', policy: pathOf(tenant, names.globalPolicy) };
  return tenant === commonTenant ? [global, ...namespace] : namespace;
}

function leftOutOf(
  { rule, fragment }: CompiledRule,
  plan: TenantPlan,
  policies: ReadonlyMap<string, JsonObject>,
): LeftOut[] {
  const { cluster, uid } = rule;
  const leftOut = fragment.leftOut.map((part) => ({ cluster, uid, ...part }));
  const policy = policyName(plan, contextOf(rule.kind));
  if (fragment.entries.length === 0 || policies.has(policy)) return leftOut;
  const { masterCluster } = plan.configuration;
  const message =
    `The policy "${policy}" is not in the tenant "${plan.tenant}" yet; the installation that serves the master cluster ` +
    `"${masterCluster}" declares it, and the rule is in force from then on.`;
  return [...leftOut, { cluster, uid, externalService: null, problem: { reason: 'LayoutLimit', message } }];
}
