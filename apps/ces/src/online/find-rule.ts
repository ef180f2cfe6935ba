import { type ProjectionQueries, type RuleDetail, type RuleFilter } from '#project/ports/queries';
import { Finding, UsageError } from '../exit-code.js';
import { allPages } from './all-pages.js';
import { placeOf } from './wording.js';

/**
 * The rule that somebody means by a name or a uid.
 * @throws Finding when there is none, UsageError when several bear the name.
 */
export async function findRule(queries: ProjectionQueries, nameOrUid: string, filter: RuleFilter): Promise<RuleDetail> {
  const rule = (await ruleByName(queries, { ...filter, name: nameOrUid })) ?? (await ruleByUid(queries, nameOrUid));
  if (rule === null) throw new Finding(`There is no rule "${nameOrUid}"; \`ces rules\` lists all.`);
  return rule;
}

async function ruleByName(queries: ProjectionQueries, filter: RuleFilter): Promise<RuleDetail | null> {
  const [found, ...others] = await allPages((page) => queries.rules(filter, page));
  if (found === undefined) return null;
  if (others.length > 0) {
    const list = [found, ...others].map((rule) => `  ${rule.kind} ${placeOf(rule)} of ${rule.cluster}: ${rule.uid}`);
    const remedy = 'Add --namespace, --kind or --cluster, or name one by its uid.';
    throw new UsageError([`${list.length} rules bear the name "${found.name}":`, ...list, remedy].join('\n'));
  }
  return queries.rule(found.cluster, found.uid);
}

async function ruleByUid(queries: ProjectionQueries, uid: string): Promise<RuleDetail | null> {
  for (const { cluster } of await queries.clusters()) {
    const rule = await queries.rule(cluster, uid);
    if (rule !== null) return rule;
  }
  return null;
}
