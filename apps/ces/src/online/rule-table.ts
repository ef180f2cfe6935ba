import { type RuleSummary } from '#project/ports/queries';
import { type Terminal } from '../terminal.js';
import { type Column, columnIfSeveral, table } from './table.js';
import { addressesOf, phaseStyle, tellingCondition } from './wording.js';

export function ruleTable(rules: readonly RuleSummary[], terminal: Terminal): string {
  const columns: Column<RuleSummary>[] = [
    ...columnIfSeveral(rules, { title: 'CLUSTER', cell: ({ cluster }) => cluster }),
    { title: 'NAMESPACE', cell: ({ namespace }) => namespace || '-' },
    { title: 'NAME', cell: ({ name }) => name },
    { title: 'KIND', cell: ({ kind }) => kind },
    { title: 'ACTION', cell: ({ action }) => action ?? '-' },
    { title: 'ADDRESSES', cell: addressesOf },
    { title: 'TENANT', cell: ({ tenant }) => tenant ?? '-' },
    { title: 'PHASE', cell: ({ status: { phase } }) => terminal.paint(phaseStyle(phase), phase) },
    { title: 'REASON', cell: reasonOf },
  ];
  return table(columns, rules);
}

/** Why a rule is in another phase than Success. */
function reasonOf(rule: RuleSummary): string {
  return rule.status.phase === 'Success' ? '' : (tellingCondition(rule)?.reason ?? '');
}
