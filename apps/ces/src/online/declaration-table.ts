import { type DeclarationSummary } from '#project/ports/queries';
import { type Style, type Terminal } from '../terminal.js';
import { type Column, columnIfSeveral, table } from './table.js';
import { printable, timeText } from './wording.js';

export function declarationTable(declarations: readonly DeclarationSummary[], terminal: Terminal): string {
  const columns: Column<DeclarationSummary>[] = [
    ...columnIfSeveral(declarations, { title: 'DEVICE', cell: ({ device }) => device }),
    { title: 'TENANT', cell: ({ tenant }) => tenant },
    { title: 'VERSION', cell: ({ version }) => String(version) },
    { title: 'BEGUN', cell: ({ begunAt }) => timeText(begunAt) },
    { title: 'EFFECTIVE', cell: effectiveText },
    { title: 'PURPOSE', cell: ({ purpose }) => purpose },
    { title: 'RULES', cell: ({ rules }) => String(rules) },
    { title: 'OUTCOME', cell: ({ outcome }) => terminal.paint(outcomeStyles[outcome], outcome) },
    { title: 'WHY', cell: whyText },
  ];
  return table(columns, declarations);
}

const outcomeStyles: Readonly<Record<DeclarationSummary['outcome'], Style>> = {
  open: 'yellow',
  applied: 'green',
  refused: 'red',
};

/** A moment, or the interval in which it lies when the answer of the device was lost for a while. */
function effectiveText({ effective }: DeclarationSummary): string {
  if (effective === null) return '-';
  const [from, to] = [timeText(effective.from), timeText(effective.to)];
  return from === to ? from : `${from} to ${to}`;
}

export function whyText({ reason, message }: Pick<DeclarationSummary, 'reason' | 'message'>): string {
  return printable([reason, message].filter((part) => part !== null).join(': '));
}
