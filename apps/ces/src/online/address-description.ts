import {
  type AddressGrant,
  type AddressHistory,
  type Authorship,
  type EveryoneRule,
  type HeldRange,
  type HeldThen,
  type Interval,
  type WrittenRule,
} from '#project/ports/history';
import { type Style, type Terminal } from '../terminal.js';
import { type Column, columnIfSeveral, table } from './table.js';
import { placeOf, printable, timeText } from './wording.js';

/** What let an address out at a moment, or kept it in. */
export function describeAddress({ address, at, grants, everyone }: AddressHistory, terminal: Terminal): string {
  const moment = `${address} at ${timeText(at)}`;
  const sections = [
    grants.length === 0
      ? `No rule had the address ${moment} in its source set.`
      : `Rules that had ${moment} in their source sets, or on the device:\n\n${table(grantColumns(grants, terminal), grants)}`,
    ...(everyone.length === 0
      ? []
      : [
          `Rules for every address that the device held then:\n\n${table(everyoneColumns(everyone, terminal), everyone)}`,
        ]),
  ];
  return sections.join('\n\n');
}

function grantColumns(grants: readonly AddressGrant[], terminal: Terminal): Column<AddressGrant>[] {
  const routeDomains = grants.some(({ routeDomain }) => routeDomain !== 0);
  return [
    ...columnIfSeveral(grants, clusterColumn),
    ...ruleColumns,
    { title: 'ADDRESS', cell: ({ prefix }) => prefix },
    ...(routeDomains ? [{ title: 'ROUTE DOMAIN', cell: ({ routeDomain }: AddressGrant) => String(routeDomain) }] : []),
    { title: 'POD', cell: ({ namespace, pod }) => (pod === null ? `any of ${namespace}` : `${namespace}/${pod.name}`) },
    { title: 'WANTED', cell: wantedText },
    { title: 'ON THE DEVICE', cell: ({ heldThen }) => painted(heldThen, terminal) },
    { title: 'HELD', cell: ({ held }) => (held.length === 0 ? '-' : held.map(heldText).join(', ')) },
    writtenColumn,
  ];
}

function everyoneColumns(rules: readonly EveryoneRule[], terminal: Terminal): Column<EveryoneRule>[] {
  return [
    ...columnIfSeveral(rules, clusterColumn),
    ...ruleColumns,
    { title: 'TENANT', cell: ({ tenant, version }) => `${tenant}, version ${version}` },
    { title: 'ON THE DEVICE', cell: ({ heldThen }) => painted(heldThen, terminal) },
    writtenColumn,
  ];
}

interface WithRule {
  readonly cluster: string;
  readonly rule: WrittenRule;
}

const clusterColumn: Column<WithRule> = { title: 'CLUSTER', cell: ({ cluster }) => cluster };

const ruleColumns: readonly Column<WithRule>[] = [
  { title: 'RULE', cell: ({ rule }) => `${rule.kind} ${placeOf(rule)}` },
  {
    title: 'ACTION',
    cell: ({ rule: { spec } }) => (typeof spec['action'] === 'string' ? printable(spec['action']) : '-'),
  },
];

const writtenColumn: Column<WithRule> = {
  title: 'WRITTEN',
  cell: ({ rule: { written } }) => `${timeText(written.at)} by ${whoText(written)}, position ${written.position}`,
};

/** Who caused a change, as far as it is known. */
export function whoText({ manager, actor }: Pick<Authorship, 'manager' | 'actor'>): string {
  return printable(actor === null ? (manager ?? 'unknown') : `${actor.name} (${actor.origin})`);
}

function wantedText({ pinned, wanted: { from, to } }: AddressGrant): string {
  const range = rangeText(timeText(from.time), to && timeText(to.time));
  return pinned ? `${range}, pinned` : range;
}

function heldText({ from, to }: HeldRange): string {
  return rangeText(intervalText(from), to && intervalText(to));
}

/** A moment, or the interval in which it lies when the answer of the device was lost for a while. */
export function intervalText({ earliest, latest }: Interval): string {
  const [from, to] = [timeText(earliest), timeText(latest)];
  return from === to ? from : `${from}..${to}`;
}

function rangeText(from: string, to: string | null): string {
  return to === null ? `since ${from}` : `${from} to ${to}`;
}

const heldStyles: Readonly<Record<HeldThen, Style>> = { yes: 'green', no: 'red', unknown: 'yellow' };

function painted(held: HeldThen, terminal: Terminal): string {
  return terminal.paint(heldStyles[held], held);
}
