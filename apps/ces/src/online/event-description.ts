import { type LoggedEvent } from '#project/ports/history';
import { columnIfSeveral, type Column, table } from './table.js';
import { placeOf, printable, timeText } from './wording.js';

const cluster: Column<LoggedEvent> = { title: 'CLUSTER', cell: ({ cluster }) => cluster ?? '-' };

export function eventTable(events: readonly LoggedEvent[]): string {
  const columns: Column<LoggedEvent>[] = [
    { title: 'POSITION', cell: ({ position }) => String(position) },
    { title: 'RECORDED', cell: ({ at }) => timeText(at) },
    ...columnIfSeveral(events, cluster),
    { title: 'EVENT', cell: ({ type }) => type },
    { title: 'OF', cell: subjectText },
    { title: 'WHAT', cell: whatText },
  ];
  return table(columns, events);
}

/** One event on a line of its own, in columns as far as that goes without knowing the next one. */
export function eventLine(event: LoggedEvent): string {
  const { position, at, type } = event;
  const cells = [String(position).padEnd(8), timeText(at), cluster.cell(event), type.padEnd(19), subjectText(event)];
  return [...cells, whatText(event)].join('   ').trimEnd();
}

/** `Pod shop/web-0`, `Tenant shop` */
function subjectText({ kind, namespace, name, data }: LoggedEvent): string {
  if (kind !== null) return `${kind} ${name === null ? '' : placeOf({ namespace: namespace ?? '', name })}`.trimEnd();
  const { tenant, tenants } = data;
  if (typeof tenant === 'string') return printable(`Tenant ${tenant}`);
  return Array.isArray(tenants) ? printable(`Tenants ${tenants.join(', ')}`) : '-';
}

/** Of what the device answered or somebody asked for: the version, and the words. */
function whatText({ data }: LoggedEvent): string {
  const { version, message, reason } = data;
  const parts = [typeof version === 'number' ? `version ${version}` : '', wordsOf(message ?? reason)];
  return printable(parts.filter((part) => part !== '').join(': '));
}

function wordsOf(words: unknown): string {
  return typeof words === 'string' ? words : '';
}
