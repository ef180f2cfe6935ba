import { commonTenant } from '#core/configuration';
import { type DesiredRule } from '#core/desired';
import { type JsonObject, type JsonValue } from '#core/json';
import { isDenial } from '#core/rule';
import { newestOf, versionOfOwnRouteDomains } from './as3-features.js';
import { type CompiledTenant, type CompileInput, type Enforcement, type LeftOut } from './compiled-tenant.js';
import { type DeclaredPolicies } from './declared-policy.js';
import { type Digests } from './digest.js';
import { closedPolicies, enforcedBefore, leavingPolicies } from './leaving-policies.js';
import { pathOf } from './names.js';
import { type NamedObject, type ObjectTable, type ObjectTables, tableOf } from './object-table.js';
import { isPolicy, type Objects } from './objects.js';
import { ownershipOf } from './ownership.js';
import { entryName, isDenyAll, type PolicyEntry } from './policy-entries.js';
import { type RuleFragment } from './rule-fragment.js';
import { emptiedLists } from './rule-list-removal.js';
import { denyAllList, trafficObjects } from './shared-objects.js';
import { type Step, stepsTo, withVirtualServerLast } from './steps.js';
import { heldObjects, type StoredTenant, storedTenant } from './stored-tenant.js';
import {
  type Context,
  contextOf,
  contextsOf,
  declaredPolicies,
  denyAllEntry,
  type EntriesByContext,
  keptPolicies,
  policyName,
} from './tenant-policies.js';
import { type TenantPlan } from './tenant-plan.js';

export interface CompiledRule {
  readonly rule: DesiredRule;
  readonly fragment: RuleFragment;
}

/** What is remembered of the tenant from one time to the next. */
export interface AssemblyMemory {
  readonly declared: DeclaredPolicies;
  readonly tables: ObjectTables;
  readonly digests: Digests;
}

/** Puts a tenant together: the rules' fragments, the shared objects, and what others keep in it. */
export function assembleTenant(
  plan: TenantPlan,
  /** In rule order. */
  rules: readonly CompiledRule[],
  { as3Version, stored: body }: Pick<CompileInput, 'as3Version' | 'stored'>,
  { declared, tables, digests }: AssemblyMemory,
): CompiledTenant | null {
  const isOurs = ownershipOf(plan.installation);
  const stored = withoutShared(storedTenant(body, isOurs), plan);
  const extent = extentOf(plan, rules.length > 0, stored);
  if (extent === 'nothing') return null;

  const leaving = leavingPolicies(
    stored,
    contextsOf(plan.tenant).map((context) => policyName(plan, context)),
  );
  const entries = entriesByContext(plan, rules);
  const policies =
    extent === 'rules'
      ? keptPolicies(plan, entries, stored.others, isOurs)
      : declaredPolicies(plan, entries, stored, leaving, isOurs, declared);
  const shared = [...(extent === 'rules' ? [] : sharedObjects(plan, extent)), ...namedObjects(policies)];
  const sharedNames = new Set(shared.map(({ name }) => name));
  const others = namedObjects(stored.others).filter(({ name }) => !sharedNames.has(name));
  const has = (name: string) => stored.others.has(name) || sharedNames.has(name) || isOfRule(name, rules);
  const emptied = emptiedLists(stored, others, { has }, plan.names.denyAllList);
  const table = tables.arrange([others, shared, emptied, ...rules.map(({ fragment }) => fragment.objects)]);

  const around = tenantAround(plan, stored, as3Version);
  // Most often the digest turns out to be the one applied, and nobody asks for the bodies.
  const steps = once<readonly Step[]>(() => {
    const closed = closedPolicies(leaving, stored, isOurEntry(plan), denyAllEntry(plan), declared);
    const direct = stepsOf(plan, stored, table, [...policies.keys()], closed);
    return rules.some(deniesBeforeServices)
      ? withVirtualServerLast(direct, heldObjects(stored), plan.names.virtualServer)
      : direct;
  });
  const bodies = once(() => bodiesOf(around, table, steps()));
  return {
    tenant: plan.tenant,
    schemaVersion: newestOf(
      plan.configuration.schemaVersion,
      ...new Set(rules.map(({ fragment }) => fragment.schemaVersion)),
      ...('useCommonRouteDomainTenant' in around ? [versionOfOwnRouteDomains(as3Version) ?? '3.0.0'] : []),
    ),
    get steps() {
      return bodies();
    },
    get narrowedSteps() {
      return steps().filter(({ narrowed }) => narrowed).length;
    },
    get declaration() {
      return bodies().at(-1) ?? around;
    },
    digest: digests.ofDeclaration(around, table),
    enforcement: extent === 'rules' ? [] : enforcementOf(plan),
    leaving: enforcedBefore(plan.tenant, leaving),
    leftOut: rules.flatMap((compiled) => leftOutOf(compiled, plan, policies)),
  };
}

function namedObjects(objects: Objects): NamedObject[] {
  return [...objects].map(([name, object]) => ({ name, object }));
}

function isOfRule(name: string, rules: readonly CompiledRule[]): boolean {
  return rules.some(({ fragment }) => fragment.objects.some((object) => object.name === name));
}

/**
 * The names of shared objects begin like those of rules (`k8s_svc_policy_rd`). Where they are not ours to change, they
 * are counted among the objects of others.
 */
function withoutShared(stored: StoredTenant, { installation, names }: TenantPlan): StoredTenant {
  if (installation.master !== null) return stored;
  const isShared = (name: string) => name === names.denyAllList || isPolicy(stored.object(name));
  const shared = stored.ours.filter(isShared).map((name) => [name, stored.object(name) ?? {}] as const);
  return {
    ...stored,
    others: new Map([...stored.others, ...shared]),
    ours: stored.ours.filter((name) => !isShared(name)),
  };
}

/**
 * How much of a tenant we declare: nothing · only our rules, into the policies of another installation · the policies
 * alone (Common, before its first rule) · all of it, with the virtual server that carries the traffic.
 */
type Extent = 'nothing' | 'rules' | 'policies' | 'all';

function extentOf(plan: TenantPlan, hasRules: boolean, stored: StoredTenant): Extent {
  const storesOurs = stored.ours.length > 0;
  if (plan.installation.master === null) return hasRules || storesOurs ? 'rules' : 'nothing';
  // A virtual server without rules would black-hole the tenant's traffic: it comes with the first rule, and then stays.
  const always = plan.configuration.defaultDeny === 'always';
  if (hasRules || always || stored.object(plan.names.virtualServer) !== undefined) return 'all';
  return plan.tenant === commonTenant || storesOurs ? 'policies' : 'nothing';
}

function sharedObjects(plan: TenantPlan, extent: 'policies' | 'all') {
  const traffic = extent === 'all' && plan.tenantConfiguration ? trafficObjects(plan, plan.tenantConfiguration) : [];
  return plan.layout === 'rule-lists' ? [...traffic, denyAllList(plan.names)] : traffic;
}

function entriesByContext(plan: TenantPlan, rules: readonly CompiledRule[]): EntriesByContext {
  const entries = new Map<Context, PolicyEntry[]>(contextsOf(plan.tenant).map((context) => [context, []]));
  for (const { rule, fragment } of rules) entries.get(contextOf(rule.kind))?.push(...fragment.entries);
  return entries;
}

/** The tenant without its objects. */
function tenantAround(plan: TenantPlan, stored: StoredTenant, as3Version: string): JsonObject {
  return {
    class: 'Tenant',
    ...stored.around,
    ...routeDomainOf(plan, as3Version),
    Shared: { class: 'Application', template: 'shared', ...stored.settings },
  };
}

function tenantBody(around: JsonObject, { names, objects }: ObjectTable): JsonObject {
  const shared: Record<string, JsonValue> = { ...(around['Shared'] as JsonObject) };
  names.forEach((name, index) => {
    shared[name] = objects[index] ?? null;
  });
  return { ...around, Shared: shared };
}

function stepsOf(
  plan: TenantPlan,
  stored: StoredTenant,
  table: ObjectTable,
  declared: readonly string[],
  closed: Objects,
): Step[] {
  const change = {
    held: heldObjects(stored),
    wanted: new Map(table.names.map((name, index) => [name, table.objects[index] ?? {}])),
    policies: [...declared, ...closed.keys()],
    lastPolicy: plan.names.servicePolicy,
    isOurs: isOurEntry(plan),
  };
  return stepsTo(change, closed, plan);
}

/** It stands in a policy that the virtual server does not bring along. */
function deniesBeforeServices({ rule }: CompiledRule): boolean {
  return contextOf(rule.kind) !== 'service' && isDenial(rule.action);
}

/** The end of the service policy is the master's. */
function isOurEntry({ installation, names }: TenantPlan): (entry: PolicyEntry) => boolean {
  const isOurs = ownershipOf(installation);
  const endIsOurs = installation.master !== null;
  return (entry) => (isDenyAll(entry, names) ? endIsOurs : isOurs(entryName(entry)));
}

function bodiesOf(around: JsonObject, table: ObjectTable, steps: readonly Step[]): JsonObject[] {
  return steps.map(({ objects }, index) => tenantBody(around, index === steps.length - 1 ? table : tableOf(objects)));
}

function once<Result>(make: () => Result): () => Result {
  let made: { readonly result: Result } | null = null;
  return () => (made ??= { result: make() }).result;
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

/** Where the policies of a tenant are enforced by hand, because AS3 cannot or does not. */
export function enforcementOf({ tenant, configuration, tenantConfiguration, names }: TenantPlan): Enforcement[] {
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
  const policy = policyName(plan, contextOf(rule.kind));
  const standsSomewhere = fragment.entries.length === 0 || policies.has(policy);
  if (standsSomewhere && fragment.leftOut.length === 0) return [];
  const { cluster, uid } = rule;
  const leftOut = fragment.leftOut.map((part) => ({ cluster, uid, ...part }));
  if (standsSomewhere) return leftOut;
  const { masterCluster } = plan.configuration;
  const message =
    `The policy "${policy}" is not in the tenant "${plan.tenant}" yet; the installation that serves the master cluster ` +
    `"${masterCluster}" declares it, and the rule is in force from then on.`;
  return [...leftOut, { cluster, uid, externalService: null, problem: { reason: 'LayoutLimit', message } }];
}
