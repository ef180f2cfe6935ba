import { type DeclaredRule, type DesiredRule } from '#core/desired';
import { isDenial } from '#core/rule';
import { ruleKey } from '#project/domain/last-good';

/**
 * The rules that stand on a device, without the addresses that leave: what a tenant declares while another one has to come
 * first. Nothing is granted, so it allows nothing that was not allowed before.
 *
 * Denials stay as they are. So does a plain accept of a cluster or a namespace: it lets nothing out by itself, and it keeps
 * packets from an accept-decisively below it.
 */
export function rulesWithoutLeaving(
  standing: readonly DeclaredRule[],
  desired: readonly DesiredRule[],
): DeclaredRule[] {
  const wanted = new Map(desired.map((rule) => [ruleKey(rule), rule]));
  return standing.flatMap((rule) => {
    if (isDenial(rule.action) || onlyPassesOn(rule)) return [rule];
    const now = wanted.get(ruleKey(rule));
    return now === undefined || isDenial(now.action) ? [] : [withinBoth(rule, now)];
  });
}

function onlyPassesOn({ kind, action }: DesiredRule): boolean {
  return action === 'accept' && (kind === 'ClusterEgressRule' || kind === 'NamespaceEgressRule');
}

function withinBoth(rule: DeclaredRule, now: DesiredRule): DeclaredRule {
  const kept = now.prefixes === null ? null : new Set(now.prefixes);
  const declared = new Set(now.destinations.map(({ externalService }) => externalService));
  return {
    ...rule,
    destinations: rule.destinations.filter(({ externalService }) => declared.has(externalService)),
    prefixes:
      rule.prefixes === null || kept === null ? rule.prefixes : rule.prefixes.filter((prefix) => kept.has(prefix)),
  };
}
