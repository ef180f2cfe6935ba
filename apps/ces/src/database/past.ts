import { type Position } from '#core/desired';
import { type Replay } from '#project/adapters/replay/replay';
import { type DeclarationDetail, type GrantSummary, type RuleDetail } from '#project/ports/queries';
import { UsageError } from '../exit-code.js';
import { allPages } from '../online/all-pages.js';
import { declarationTable } from '../online/declaration-table.js';
import { grantColumns } from '../online/rule-description.js';
import { ruleTable } from '../online/rule-table.js';
import { type Column, table } from '../online/table.js';
import { placeOf } from '../online/wording.js';
import { type Terminal } from '../terminal.js';

/** How things stood at a position of the event log. */
export interface Past {
  readonly position: Position;
  /** With their addresses. */
  readonly rules: readonly RuleDetail[];
  /** What the devices held: of each tenant the last declaration that was applied. */
  readonly declarations: readonly DeclarationDetail[];
}

/** Replays up to a position or a time. @throws UsageError when the log has not come so far. */
export async function readPast(replay: Replay, until: Position | Date): Promise<Past> {
  const end = await replay.end();
  if (typeof until === 'number' && until > end) throw new UsageError(`The log ends at position ${end}.`);
  const position = await replay.to(typeof until === 'number' ? until : await replay.positionAt(until));
  const { queries } = replay;
  const rules: RuleDetail[] = [];
  for (const { cluster, uid } of await allPages((page) => queries.rules({}, page))) {
    const rule = await queries.rule(cluster, uid);
    if (rule !== null) rules.push(rule);
  }
  const declarations: DeclarationDetail[] = [];
  for (const { device, tenant, version } of await queries.tenants()) {
    const declaration = version === null ? null : await queries.declaration(device, tenant, version);
    if (declaration !== null) declarations.push(declaration);
  }
  return { position, rules, declarations };
}

export function describePast({ position, rules, declarations }: Past, terminal: Terminal): string {
  const grants = rules.flatMap((rule) => rule.grants.map((grant) => ({ rule, ...grant })));
  return [
    `At position ${position}:`,
    '',
    rules.length === 0 ? 'There were no rules.' : ruleTable(rules, terminal),
    '',
    grants.length === 0 ? 'There were no addresses.' : table(columns, grants),
    '',
    declarations.length === 0 ? 'Nothing was declared yet.' : declarationTable(declarations, terminal),
  ].join('\n');
}

const columns: readonly Column<GrantSummary & { readonly rule: RuleDetail }>[] = [
  { title: 'ADDRESS', cell: ({ prefix }) => prefix },
  { title: 'RULE', cell: ({ rule }) => `${rule.kind} ${placeOf(rule)}` },
  ...grantColumns,
];
