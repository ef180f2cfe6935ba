import { type JsonValue, isJsonObject } from '#core/json';
import { type AuditDetail, type AuditEntry } from '#project/ports/history';
import { type Terminal } from '../terminal.js';
import { intervalText, whoText } from './address-description.js';
import { type Column, table } from './table.js';
import { placeOf, printable, timeText } from './wording.js';

export function auditTable(entries: readonly AuditEntry[]): string {
  const severalClusters = new Set(entries.flatMap(({ cluster }) => cluster ?? [])).size > 1;
  const columns: Column<AuditEntry>[] = [
    { title: 'POSITION', cell: ({ position }) => String(position) },
    { title: 'RECORDED', cell: ({ at }) => timeText(at) },
    ...(severalClusters ? [{ title: 'CLUSTER', cell: ({ cluster }: AuditEntry) => cluster ?? '-' }] : []),
    { title: 'WHO', cell: whoText },
    { title: 'ACTION', cell: ({ action }) => action },
    { title: 'KIND', cell: ({ kind }) => kind },
    { title: 'NAME', cell: placeOf },
    { title: 'WHAT', cell: whatText },
  ];
  return table(columns, entries);
}

/** The paths that changed; for what is new or gone its action says all. */
function whatText({ before, after }: AuditEntry): string {
  if (before === null || after === null) return '';
  return printable(
    changedValues(before, after, '')
      .map(({ path }) => path)
      .join(', '),
  );
}

/** One change, with the exact difference. */
export function describeEntry(entry: AuditDetail, terminal: Terminal): string {
  const { position, kind, action, at, observedAt, before, after, effective } = entry;
  const facts = [
    ['Cluster', entry.cluster ?? '-'],
    ['Device', entry.device ?? '-'],
    ['Who', whoText(entry)],
    ['Seen', timeText(observedAt)],
    ['Recorded', timeText(at)],
    ['Effective', effective === null ? '-' : effectiveText(effective)],
  ];
  return [
    terminal.paint('bold', `${position}: ${kind} ${placeOf(entry)} ${action}`),
    ...facts.map(([title = '', text = '']) => `  ${title.padEnd(9)}   ${text}`),
    '',
    ...changedValues(before, after, '').flatMap((change) => valueLines(change, terminal)),
  ].join('\n');
}

function effectiveText({ tenant, version, interval }: NonNullable<AuditDetail['effective']>): string {
  return `${intervalText(interval)}, with version ${version} of ${tenant}`;
}

interface ChangedValue {
  /** `spec.action`; empty for the whole. */
  readonly path: string;
  /** Undefined when there was, or is, none. */
  readonly before: JsonValue | undefined;
  readonly after: JsonValue | undefined;
}

/** The members that differ, as deep as both sides are objects. Lists are compared as a whole. */
function changedValues(before: JsonValue | undefined, after: JsonValue | undefined, path: string): ChangedValue[] {
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  const [left, right] = [before ?? {}, after ?? {}];
  if (!isJsonObject(left) || !isJsonObject(right)) return [{ path, before, after }];
  const names = [...new Set([...Object.keys(left), ...Object.keys(right)])].sort();
  return names.flatMap((name) => changedValues(left[name], right[name], path === '' ? name : `${path}.${name}`));
}

function valueLines({ path, before, after }: ChangedValue, terminal: Terminal): string[] {
  return [
    ...(before === undefined ? [] : [terminal.paint('red', `- ${path}: ${valueText(before)}`)]),
    ...(after === undefined ? [] : [terminal.paint('green', `+ ${path}: ${valueText(after)}`)]),
  ];
}

function valueText(value: JsonValue): string {
  return printable(typeof value === 'string' ? value : JSON.stringify(value));
}
