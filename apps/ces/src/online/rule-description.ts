import { destinationTexts, sourceText } from '#core/rule-text';
import { type GrantSummary, type RuleDetail } from '#project/ports/queries';
import { type Terminal } from '../terminal.js';
import { type Column, table } from './table.js';
import { phaseStyle, placeOf, printable, timeText } from './wording.js';

/** One rule, with all that is known of it. */
export function describeRule(rule: RuleDetail, terminal: Terminal): string {
  const { status, desired, problems } = rule;
  const facts: Fact[] = [
    ['Cluster', rule.cluster],
    ['Uid', rule.uid],
    ['Tenant', rule.tenant === null ? 'none' : `${rule.tenant}, version ${status.version}`],
    ...declaredFacts(desired),
    // What the condition Accepted says is what the problems say, one after another.
    ...status.conditions.map(({ type, status: state, reason, message }): Fact => {
      const isTold = type === 'Accepted' && problems.length > 0;
      return [type, isTold ? `${state} (${reason})` : `${state} (${reason}): ${message}`];
    }),
    ...problems.map(({ reason, message }): Fact => ['Problem', `${reason}: ${message}`]),
  ];
  const phase = terminal.paint(phaseStyle(status.phase), status.phase);
  return [
    `${terminal.paint('bold', `${rule.kind} ${placeOf(rule)}`)}: ${phase}`,
    ...factLines(facts),
    '',
    addressesOf(rule),
  ].join('\n');
}

type Fact = readonly [title: string, text: string];

function factLines(facts: readonly Fact[]): string[] {
  const width = Math.max(...facts.map(([title]) => title.length));
  return facts.map(([title, text]) => `  ${title.padEnd(width)}   ${printable(text)}`);
}

function declaredFacts(desired: RuleDetail['desired']): Fact[] {
  if (desired === null) return [['Declared', 'nothing']];
  return [
    ['Action', `${desired.action}${desired.logging ? ', logged' : ''}, priority ${desired.priority}`],
    ['From', sourceText(desired)],
    ...destinationTexts(desired).map((text): Fact => ['To', text]),
  ];
}

function addressesOf({ addresses, grants }: RuleDetail): string {
  if (addresses === null) return 'It applies to every source.';
  if (grants.length === 0) return 'It applies to nobody now: its source set has no address.';
  const hasRouteDomains = grants.some(({ routeDomain }) => routeDomain !== 0);
  const columns: Column<GrantSummary>[] = [
    { title: 'ADDRESS', cell: ({ prefix }) => prefix },
    ...(hasRouteDomains
      ? [{ title: 'ROUTE DOMAIN', cell: ({ routeDomain }: GrantSummary) => String(routeDomain) }]
      : []),
    ...grantColumns,
  ];
  return table(columns, grants);
}

/** Whose an address is, and since when. */
export const grantColumns: readonly Column<GrantSummary>[] = [
  { title: 'NAMESPACE', cell: ({ namespace }) => namespace },
  { title: 'POD', cell: ({ pod }) => pod?.name ?? '-' },
  { title: 'SINCE', cell: ({ since }) => timeText(since) },
  { title: 'ON THE DEVICE', cell: ({ held }) => (held ? 'yes' : 'not yet') },
];
