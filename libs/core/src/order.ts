import { type AcceptedRule } from './desired.js';

/** The order of rules in a policy: priority, creation time (missing: last), namespace, name, kind; then cluster. */
export function compareRules(left: AcceptedRule, right: AcceptedRule): number {
  return (
    left.priority - right.priority ||
    compareTexts(creation(left), creation(right)) ||
    compareTexts(left.namespace, right.namespace) ||
    compareTexts(left.name, right.name) ||
    compareTexts(left.kind, right.kind) ||
    compareTexts(left.cluster, right.cluster)
  );
}

/** By code unit: the same on every machine, whatever its locale. */
export function compareTexts(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

function creation(rule: AcceptedRule): string {
  return rule.createdAt ?? '9999';
}
