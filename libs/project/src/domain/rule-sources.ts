import { type AcceptedRule } from '#core/desired';
import { type Problem } from '#core/problem';
import { isDenial } from '#core/rule';
import { grantKey, resolveSources, type SourceGrant, type SourceOptions } from '#core/source-set';
import { type ObjectStore } from './object-store.js';

/** The grants of one rule, by `grantKey`; null when its source is everyone. */
export type Grants = ReadonlyMap<string, SourceGrant> | null;

export const noGrants: Grants = new Map<string, SourceGrant>();

export interface RuleSources {
  readonly grants: Grants;
  readonly problems: readonly Problem[];
}

/**
 * The addresses of an accepted rule now. A denial also keeps the addresses of a namespace whose annotation cannot be read
 * any more, and counts namespaces that are in no tenant: leaving them out would widen what is allowed (promise 1).
 * @param before of the same rule.
 */
export function sourcesOf(
  rule: AcceptedRule,
  objects: ObjectStore,
  options: SourceOptions,
  before: Grants,
): RuleSources {
  const { source } = rule;
  if (source.type === 'everyone') return { grants: null, problems: [] };
  const denial = isDenial(rule.action);
  const routeDomainOf = denial ? (namespace: string) => options.routeDomainOf(namespace) ?? 0 : options.routeDomainOf;
  const resolved = resolveSources(source, objects, { ...options, routeDomainOf });
  const grants = new Map(resolved.grants.map((grant) => [grantKey(grant), grant]));
  const kept = denial ? keptBy(resolved.unreadable, before, grants) : [];
  for (const grant of kept) grants.set(grantKey(grant), grant);
  const problems =
    kept.length === 0 ? resolved.problems : resolved.problems.filter(({ reason }) => reason !== 'NoSources');
  const shared =
    source.type === 'namespace' ? sharedAddresses(source.namespace, resolved.grants, objects, options) : [];
  return { grants, problems: [...problems, ...shared] };
}

/**
 * The addresses, now, of a rule that stands in an earlier form because what became of it is refused: those that its
 * selector selects today, in the route domain of today. A permission has no others than it had when the form was the
 * desired one, each with the same owner: its author no longer means whoever came since.
 * @param had its source set then.
 */
export function sourcesOfEarlierForm(
  rule: AcceptedRule,
  objects: ObjectStore,
  options: SourceOptions,
  had: ReadonlyMap<string, SourceGrant>,
): readonly SourceGrant[] {
  const now = [...(sourcesOf(rule, objects, options, had).grants?.values() ?? [])];
  return isDenial(rule.action) ? now : now.filter((grant) => isSameOwner(grant, had.get(grantKey(grant))));
}

function isSameOwner(grant: SourceGrant, before: SourceGrant | undefined): boolean {
  return before !== undefined && before.namespace === grant.namespace && before.pod?.uid === grant.pod?.uid;
}

/** The CIDRs that were understood before, of namespaces whose annotation is not understood now. */
function keptBy(unreadable: readonly string[], before: Grants, now: ReadonlyMap<string, SourceGrant>): SourceGrant[] {
  if (unreadable.length === 0 || before === null) return [];
  return [...before.values()].filter(
    (grant) => grant.pod === null && unreadable.includes(grant.namespace) && !now.has(grantKey(grant)),
  );
}

function sharedAddresses(
  namespace: string,
  grants: readonly SourceGrant[],
  objects: ObjectStore,
  options: SourceOptions,
): Problem[] {
  const shared: Problem[] = [];
  for (const { prefix, routeDomain, pod } of grants) {
    if (pod !== null) continue;
    for (const other of objects.namespacesWith(prefix)) {
      if (other.name === namespace || options.routeDomainOf(other.name) !== routeDomain) continue;
      const message = `The namespace "${other.name}" has the same addresses (${prefix}): this rule applies to it as well.`;
      shared.push({ reason: 'SharedNamespaceAddresses', message });
    }
  }
  return shared.sort((left, right) => (left.message < right.message ? -1 : 1));
}
