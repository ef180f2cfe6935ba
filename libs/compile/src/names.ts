import { createHash } from 'node:crypto';
import { type AcceptedRule } from '#core/desired';
import { type RuleKind } from '#core/kinds';
import { type Action } from '#core/rule';

/** The part of an object's name that tells the kind of its rule (reference: CES 0.5 contract, "The declaration"). */
export type Scope = 'global' | 'ns' | 'svc' | 'pod';

export const scopes: readonly Scope[] = ['global', 'ns', 'svc', 'pod'];

function scopeOf(kind: RuleKind): Scope {
  switch (kind) {
    case 'ClusterEgressRule':
      return 'global';
    case 'NamespaceEgressRule':
      return 'ns';
    case 'ServiceEgressRule':
      return 'svc';
    case 'PodEgressRule':
      return 'pod';
  }
}

/** The names of the objects that one rule is made of. All of them fit AS3's limits in the tenant. */
export interface RuleNames {
  /** What the names of all objects of this rule, and of no other rule, begin with, unless they had to be shortened. */
  readonly stem: string;
  readonly sources: string;
  destinations(externalService: string): string;
  ports(externalService: string, key: string): string;
  ruleList(externalService: string): string;
  /** A firewall rule inside a rule list. */
  ruleInList(action: Action, externalService: string, key: string): string;
  /** A firewall rule inside a policy. */
  ruleInPolicy(action: Action, externalService: string, key: string): string;
}

export function ruleNames(rule: AcceptedRule, tenant: string): RuleNames {
  const scope = scopeOf(rule.kind);
  const stem =
    scope === 'global'
      ? `${rule.cluster}_global_${rule.name}_`
      : `${rule.cluster}_${scope}_${rule.namespace}_${rule.name}_`;
  const endpoints = rule.source.type === 'service' ? `ep_${rule.source.service}_` : '';
  const name = (rest: string) => fittedName(`${stem}${rest}`, tenant);
  return {
    stem,
    sources: name(`${endpoints}src_address`),
    destinations: (externalService) => name(`ext_${externalService}_address`),
    ports: (externalService, key) => name(`ext_${externalService}_ports_${key}`),
    ruleList: (externalService) => name(`ext_${externalService}_rule_list`),
    ruleInList: (action, externalService, key) => fittedName(`${action}_${externalService}_${key}`, tenant),
    ruleInPolicy: (action, externalService, key) => name(`ext_${externalService}_${action}_${key}`),
  };
}

/** The names of the objects that all rules of a tenant share. */
export interface SharedNames {
  readonly globalPolicy: string;
  readonly namespacePolicy: string;
  readonly servicePolicy: string;
  readonly denyAllList: string;
  readonly gatewayPool: string;
  readonly logPool: string;
  readonly logProfile: string;
  readonly virtualAddress: string;
  readonly virtualServer: string;
}

/** @param routeDomain the route domain's name, `rd` where route domains are off. */
export function sharedNames(master: string, routeDomain: string, tenant: string): SharedNames {
  const name = (rest: string) => fittedName(`${master}_${rest}`, tenant);
  return {
    globalPolicy: name('system_global_policy'),
    namespacePolicy: name(`ns_policy_${routeDomain}`),
    servicePolicy: name(`svc_policy_${routeDomain}`),
    denyAllList: name('svc_deny_all_rule_list'),
    gatewayPool: name('gw_pool'),
    logPool: name('log_pool'),
    logProfile: name('afm_hsl_log_profile'),
    virtualAddress: name('outbound_va'),
    virtualServer: name('outbound_vs'),
  };
}

/** What the name of a policy of namespaces or of services tells, in any tenant; null for every other name. */
export function partsOfPolicyName(name: string): { readonly scope: 'ns' | 'svc'; readonly routeDomain: string } | null {
  const [, scope, routeDomain] = /^[^_]+_(ns|svc)_policy_(.+)$/.exec(name) ?? [];
  if ((scope !== 'ns' && scope !== 'svc') || routeDomain === undefined) return null;
  return { scope, routeDomain };
}

/** The last rule of every service policy, and the only one of the deny-all rule list. */
export const denyAllRule = 'deny_all_rule';

/** The absolute pointer to an object in a tenant's Shared application. */
export function pathOf(tenant: string, name: string): string {
  return `/${tenant}/Shared/${name}`;
}

/** AS3 takes item names of at most 190 characters, and paths of at most 255. */
const longestName = 190;
const longestPath = 255;
const hashLength = 16;

/** Longer names keep their beginning, and end in 16 hex digits of the SHA-256 of the whole name. */
export function fittedName(name: string, tenant: string): string {
  const limit = longestIn(tenant);
  if (name.length <= limit) return name;
  return `${name.slice(0, limit - hashLength - 1)}_${hashOf(name)}`;
}

function longestIn(tenant: string): number {
  return Math.min(longestName, longestPath - pathOf(tenant, '').length);
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, hashLength);
}

/**
 * A name for what stands only while a tenant is on its way to what is wanted. It ends in 16 hex digits of the SHA-256 of
 * its content: under one name there is never another content.
 */
export function interimName(name: string, content: string, tenant: string): string {
  const end = `_interim_${hashOf(content)}`;
  return `${name.slice(0, longestIn(tenant) - end.length)}${end}`;
}

/**
 * Whether every name that goes into the names of a rule's objects has the form that Kubernetes and ces-conf.yaml demand.
 * Then no name can hold a `/`, and the `_` between them keeps the objects of different rules apart.
 */
export function isNameable(rule: AcceptedRule): boolean {
  return (
    /^[A-Za-z][A-Za-z0-9.-]*$/.test(rule.cluster) &&
    (rule.kind === 'ClusterEgressRule' || isKubernetesName(rule.namespace)) &&
    isKubernetesName(rule.name) &&
    (rule.source.type !== 'service' || isKubernetesName(rule.source.service))
  );
}

export function isKubernetesName(name: string): boolean {
  return /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/.test(name);
}
