import { rulePhases } from '#core/status';
import { type ClusterSummary, type RuleSummary } from '#project/ports/queries';
import { type Style, type Terminal } from '../terminal.js';
import { type Overview, type Verdict } from './overview.js';
import { table } from './table.js';
import { standingStyle } from './tenant-standing.js';
import { phaseStyle, pinText, placeOf, printable, tellingCondition, timeText } from './wording.js';

/** So many failed rules are shown; `ces rules` shows the rest. */
const shown = 20;

/** One screen: the verdict first, then what it rests on, then what is not in step, and why. */
export function describeOverview(overview: Overview, verdict: Verdict, terminal: Terminal): string {
  const { clusters, tenants } = overview;
  const sections = [
    terminal.paint(verdictStyles[verdict], headline(overview, verdict)),
    clusters.length === 0 ? '' : clusterTable(clusters),
    tenants.length === 0 ? '' : tenantTable(overview, terminal),
    ruleLine(overview, terminal),
    list('Pinned', pinned(overview)),
    list('Waiting', waiting(overview)),
    list('Failed', failures(overview)),
  ];
  return sections.filter((section) => section !== '').join('\n\n');
}

const verdictStyles: Readonly<Record<Verdict, Style>> = { 'in step': 'green', waiting: 'yellow', failed: 'red' };

function headline({ clusters, tenants, failedRules, rules }: Overview, verdict: Verdict): string {
  switch (verdict) {
    case 'in step':
      return 'Everything is in step.';
    case 'waiting':
      if (clusters.length === 0) return 'No watcher has reported a cluster yet.';
      return rules.Syncing === 0
        ? 'Not in step yet.'
        : `Not in step yet: ${counted(rules.Syncing, 'rule')} on the way.`;
    case 'failed': {
      const failedTenants = tenants.filter(({ state }) => state === 'failed' || state === 'drifted').length;
      const parts = [
        failedTenants === 0 ? '' : counted(failedTenants, 'tenant'),
        failedRules.length === 0 ? '' : counted(failedRules.length, 'rule'),
      ];
      return `Failed: ${parts.filter((part) => part !== '').join(' and ')}.`;
    }
  }
}

function clusterTable(clusters: readonly ClusterSummary[]): string {
  return table(
    [
      { title: 'CLUSTER', cell: ({ cluster }) => cluster },
      { title: 'DEVICE', cell: ({ device }) => device ?? '-' },
      { title: 'KNOWN', cell: ({ complete }) => (complete ? 'completely' : 'in part') },
      { title: 'EVENTS UP TO', cell: ({ position }) => String(position) },
    ],
    clusters,
  );
}

function tenantTable({ tenants }: Overview, terminal: Terminal): string {
  return table(
    [
      { title: 'DEVICE', cell: ({ device }) => device },
      { title: 'TENANT', cell: ({ tenant }) => tenant },
      { title: 'RULES', cell: ({ rules }) => String(rules) },
      { title: 'VERSION', cell: ({ version }) => String(version ?? '-') },
      { title: 'STATE', cell: (tenant) => terminal.paint(standingStyle(tenant), tenant.state) },
    ],
    tenants,
  );
}

function ruleLine({ rules }: Overview, terminal: Terminal): string {
  const present = rulePhases.filter((phase) => rules[phase] > 0);
  if (present.length === 0) return 'There are no rules.';
  return `Rules: ${present.map((phase) => `${rules[phase]} ${terminal.paint(phaseStyle(phase), phase)}`).join(', ')}`;
}

function waiting({ clusters, tenants }: Overview): string[] {
  return [
    ...clusters
      .filter(({ complete }) => !complete)
      .map(({ cluster }) => `cluster ${cluster}: its first lists are not in; nothing of it is declared before`),
    ...tenants
      .filter(({ state }) => state === 'waiting' || state === 'declaring')
      .map(({ tenant, why, lastOutcome }) => `tenant ${tenant}: ${why}${since(lastOutcome?.at)}`),
  ];
}

function pinned({ tenants }: Overview): string[] {
  return tenants
    .filter(({ pin }) => pin !== null)
    .map(
      (summary) =>
        `tenant ${summary.tenant}: ${pinText(summary)}; release it with ces unpin ${summary.tenant} --reason TEXT`,
    );
}

function failures({ tenants, failedRules }: Overview): string[] {
  const more = failedRules.length - shown;
  return [
    ...tenants
      .filter(({ state }) => state === 'failed' || state === 'drifted')
      .map(
        ({ tenant, why, lastOutcome, drift }) => `tenant ${tenant}: ${why}${since(drift?.since ?? lastOutcome?.at)}`,
      ),
    ...failedRules.slice(0, shown).map((rule) => `${rule.kind} ${placeOf(rule)}: ${whyFailed(rule)}`),
    ...(more > 0 ? [`and ${counted(more, 'rule')} more: ces rules --phase Failed`] : []),
  ];
}

function whyFailed(rule: RuleSummary): string {
  const condition = tellingCondition(rule);
  return condition === undefined ? '' : `${condition.reason}: ${printable(condition.message)}`;
}

function since(at: Date | undefined): string {
  return at === undefined ? '' : ` (${timeText(at)})`;
}

function list(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : [`${title}:`, ...lines.map((line) => `  ${line}`)].join('\n');
}

function counted(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
