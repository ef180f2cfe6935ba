import { type DeclaredRule, type DesiredRule } from '#core/desired';
import { isDenial } from '#core/rule';
import { desiredRule } from './desired-tenants.js';
import { definitionOf, ruleKey } from './last-good.js';
import { type PinnedState } from './pinned-forms.js';

/** The rules of a tenant as they stand in the cluster, while it is pinned. */
export interface StandingRules {
  /** What would be desired were it not pinned, by `ruleKey`. */
  readonly desired: ReadonlyMap<string, DesiredRule>;
  /** Whether a rule is still there, understood or not. */
  readonly exists: (rule: DesiredRule) => boolean;
}

/**
 * What a pinned tenant is to hold: the rules of the earlier version, for those whom they select today. Rules do not follow
 * what is written now, with one exception (promise 2): a permission that is deleted while the tenant is pinned, or that
 * loses an external service, is withdrawn from the pinned form too. What was gone before is back, as it was asked for.
 */
export function pinnedRules(forms: readonly PinnedState[], standing: StandingRules): DeclaredRule[] {
  return forms.flatMap((form) => {
    const rule = desiredRule(form.rule, form.grants === null ? null : [...form.grants.values()]);
    const now = standing.desired.get(ruleKey(rule));
    const kept = isDenial(rule.action) ? rule : withoutWithdrawn(rule, form, now, standing);
    if (kept === null) return [];
    const desiredAsItIs = now !== undefined && definitionOf(now) === definitionOf(kept);
    return [desiredAsItIs ? kept : { ...kept, sourcesAt: form.sourcesAt }];
  });
}

function withoutWithdrawn(
  rule: DesiredRule,
  { standing: before }: PinnedState,
  now: DesiredRule | undefined,
  { exists }: StandingRules,
): DesiredRule | null {
  // It was gone already when the tenant was pinned, so that nobody has withdrawn anything since.
  if (before === null) return rule;
  if (!exists(rule)) return null;
  if (now === undefined) return rule;
  const declared = new Set(now.destinations.map(({ externalService }) => externalService));
  const withdrawn = new Set(before.filter((externalService) => !declared.has(externalService)));
  return { ...rule, destinations: rule.destinations.filter(({ externalService }) => !withdrawn.has(externalService)) };
}
