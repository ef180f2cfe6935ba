import { type CompiledTenant, type Enforcement } from '#compile/compile-tenant';
import { type DesiredRule } from '#core/desired';
import { type RuleKind } from '#core/kinds';
import { type NotEnforced } from '#project/domain/programming';
import { type HeldBackRule } from '#project/ports/apply-log';

/** What was found where a policy has to be enforced by hand, because AS3 cannot or does not. */
export interface EnforcementFinding {
  readonly enforcement: Enforcement;
  /**
   * enforced: ours stood there, or nothing did, or one of ours that goes, and ours does now · foreign: somebody else's policy stands there and is
   * left alone · missing: there is no such route domain.
   */
  readonly state: 'enforced' | 'foreign' | 'missing';
  /** Full path of the policy that stands there. */
  readonly found: string | null;
}

/** What is to be enforced where `found` is: ours in place of nothing and of one of ours that goes; else it stays. */
export function policyAt(
  { policy: ours }: Enforcement,
  found: string | null,
  { leaving }: Pick<CompiledTenant, 'leaving'>,
): string {
  return found === null || leaving.some(({ policy }) => policy === found) ? ours : found;
}

/** The rules that have no effect because the policy they are in is not enforced. */
export function heldBackByEnforcement(
  rules: readonly DesiredRule[],
  findings: readonly EnforcementFinding[],
): HeldBackRule[] {
  return findings.flatMap((finding) => {
    if (finding.state === 'enforced') return [];
    const kind: RuleKind = finding.enforcement.type === 'global' ? 'ClusterEgressRule' : 'NamespaceEgressRule';
    const { reason, message } = explain(finding);
    return rules.filter((rule) => rule.kind === kind).map(({ cluster, uid }) => ({ cluster, uid, reason, message }));
  });
}

function explain(finding: EnforcementFinding): { reason: NotEnforced; message: string } {
  const { enforcement } = finding;
  const place = enforcement.type === 'global' ? 'The BIG-IP globally' : `The route domain ${enforcement.routeDomain}`;
  if (finding.state === 'missing') {
    return {
      reason: 'RouteDomainMissing',
      message: `${place} does not exist; create it, or correct routeDomain.name in ces-conf.yaml.`,
    };
  }
  return {
    reason: 'ForeignPolicyEnforced',
    message: `${place} enforces ${finding.found ?? 'another policy'}, which is not ours and is left alone; take it out so that ${enforcement.policy} can be enforced.`,
  };
}
