import { type RulePhase, rulePhases } from '#core/status';
import {
  type ClusterSummary,
  type ProjectionQueries,
  type RuleSummary,
  type TenantSummary,
} from '#project/ports/queries';
import { allPages } from './all-pages.js';
import { standingOf, type TenantStanding } from './tenant-standing.js';

/** The whole installation at a glance. */
export interface Overview {
  readonly clusters: readonly ClusterSummary[];
  readonly tenants: readonly (TenantSummary & TenantStanding)[];
  readonly rules: Readonly<Record<RulePhase, number>>;
  /** Rules that are Failed or Quarantined. */
  readonly failedRules: readonly RuleSummary[];
}

/** failed: somebody has to act · waiting: it goes on by itself. */
export type Verdict = 'in step' | 'waiting' | 'failed';

export async function readOverview(queries: ProjectionQueries): Promise<Overview> {
  const clusters = await queries.clusters();
  const tenants = await queries.tenants();
  const rules = await allPages((page) => queries.rules({}, page));
  return {
    clusters,
    tenants: tenants.map((tenant) => ({ ...tenant, ...standingOf(tenant) })),
    rules: countByPhase(rules),
    failedRules: rules.filter(({ status: { phase } }) => phase === 'Failed' || phase === 'Quarantined'),
  };
}

export function verdictOf({ clusters, tenants, rules, failedRules }: Overview): Verdict {
  if (failedRules.length > 0 || tenants.some(({ state }) => state === 'failed' || state === 'drifted')) return 'failed';
  const isComplete = clusters.length > 0 && clusters.every(({ complete }) => complete);
  if (isComplete && rules.Syncing === 0 && tenants.every(({ state }) => state === 'in step')) return 'in step';
  return 'waiting';
}

function countByPhase(rules: readonly RuleSummary[]): Record<RulePhase, number> {
  const counts = Object.fromEntries(rulePhases.map((phase) => [phase, 0])) as Record<RulePhase, number>;
  for (const { status } of rules) counts[status.phase] += 1;
  return counts;
}
