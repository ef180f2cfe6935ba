import { type JsonValue } from '#core/json';
import { shortened } from '#core/text';
import { isSame, type ReplayReport, type RowDifference, type TableComparison } from '#project/ports/replay';
import { type Column, table } from '../online/table.js';
import { printable } from '../online/wording.js';
import { type Terminal } from '../terminal.js';

/** What a replay gave: its projections in numbers, and the first differences of each. */
export function describeReplay(report: ReplayReport, terminal: Terminal): string {
  const { position, seconds, eventsPerSecond, tables } = report;
  return [
    `Replayed ${position} events in ${seconds.toFixed(1)} s, ${Math.round(eventsPerSecond)} a second.`,
    '',
    table(columns, tables),
    ...tables.flatMap((comparison) => exampleLines(comparison, terminal)),
    '',
    verdict(report, terminal),
  ].join('\n');
}

const columns: readonly Column<TableComparison>[] = [
  { title: 'PROJECTION', cell: ({ table: name }) => name },
  { title: 'ROWS', cell: ({ rows }) => String(rows) },
  { title: 'MISSING', cell: ({ missing }) => String(missing) },
  { title: 'UNEXPECTED', cell: ({ unexpected }) => String(unexpected) },
  { title: 'DIFFERENT', cell: ({ different }) => String(different) },
];

function verdict(report: ReplayReport, terminal: Terminal): string {
  if (isSame(report)) return terminal.paint('green', 'The live projections are what the log gives.');
  if (!report.swapped) {
    const text = 'The live projections are not what the log gives. `ces replay --swap` brings them to it.';
    return terminal.paint('red', text);
  }
  const text =
    'The live projections are now what the log gives. A resync of all tenants is asked for: the devices may hold';
  return terminal.paint('green', `${text} what was wrong.`);
}

function exampleLines(comparison: TableComparison, terminal: Terminal): string[] {
  const { table: name, missing, unexpected, different, examples } = comparison;
  if (examples.length === 0) return [];
  const left = missing + unexpected + different - examples.length;
  return [
    '',
    `${name}:`,
    ...examples.flatMap((example) => rowLines(example, terminal)),
    ...(left === 0 ? [] : [`  and ${left} more`]),
  ];
}

/** `-` is what the live projection holds, `+` what the log gives. */
function rowLines({ key, live, replayed }: RowDifference, terminal: Terminal): string[] {
  const name = Object.entries(key)
    .map(([column, value]) => `${column} ${valueText(value)}`)
    .join(', ');
  if (live === null) return [terminal.paint('green', `  + ${name}`)];
  if (replayed === null) return [terminal.paint('red', `  - ${name}`)];
  const differing = Object.keys(live).flatMap((column) => [
    terminal.paint('red', `      - ${column}: ${valueText(live[column] ?? null)}`),
    terminal.paint('green', `      + ${column}: ${valueText(replayed[column] ?? null)}`),
  ]);
  return [`  ~ ${name}`, ...differing];
}

const longest = 100;

function valueText(value: JsonValue): string {
  const text = printable(typeof value === 'string' ? value : JSON.stringify(value));
  return shortened(text, longest);
}
