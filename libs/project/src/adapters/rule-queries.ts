import { type AcceptedRule } from '#core/desired';
import { type RuleKind } from '#core/kinds';
import { type Problem } from '#core/problem';
import { type RuleStatus } from '#core/status';
import { desiredRule } from '../domain/desired-tenants.js';
import { type StoredFacts } from '../domain/programming.js';
import {
  type GrantSummary,
  type Page,
  type PageRequest,
  type RuleDetail,
  type RuleFilter,
  type RuleSummary,
} from '../ports/queries.js';
import { Conditions } from './conditions.js';
import { decodeCursor, pageOf } from './cursor.js';
import { type GrantRow, sourceGrantOf } from './grant-rows.js';
import { type Connection, query } from './sql.js';

interface RuleRow {
  readonly cluster: string;
  readonly kind: RuleKind;
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  readonly tenant: string | null;
  readonly accepted: AcceptedRule | null;
  readonly facts: StoredFacts;
  readonly status: RuleStatus;
  readonly changed_position: string;
}

const columns = `rule.cluster, rule.kind, rule.uid, rule.namespace, rule.name, rule.tenant, rule.accepted, status.facts,
  status.status, rule.changed_position FROM rule JOIN rule_status AS status USING (cluster, uid)`;

/** In which rules are listed; unique. */
const order = ['rule.cluster', 'rule.namespace', 'rule.name', 'rule.kind', 'rule.uid'];

export async function listRules(
  connection: Connection,
  filter: RuleFilter,
  page: PageRequest,
): Promise<Page<RuleSummary>> {
  const conditions = new Conditions()
    .equal('rule.cluster', filter.cluster)
    .equal('rule.kind', filter.kind)
    .equal('rule.namespace', filter.namespace)
    .equal('rule.name', filter.name)
    .equal('rule.tenant', filter.tenant)
    .equal(`status.status ->> 'phase'`, filter.phase);
  if (page.after !== undefined) conditions.compare(order, '>', decodeCursor(page.after, order.length));
  const limit = conditions.parameter(page.limit + 1);
  const rows = await query<RuleRow>(
    connection,
    `SELECT ${columns} ${conditions.where} ORDER BY ${order.join(', ')} LIMIT ${limit}`,
    conditions.parameters,
  );
  return pageOf(rows, page, summary, ({ cluster, namespace, name, kind, uid }) => [
    cluster,
    namespace,
    name,
    kind,
    uid,
  ]);
}

export async function findRule(connection: Connection, cluster: string, uid: string): Promise<RuleDetail | null> {
  const rows = await query<RuleRow & { form_problems: readonly Problem[]; source_problems: readonly Problem[] }>(
    connection,
    `SELECT rule.form_problems, rule.source_problems, ${columns} WHERE rule.cluster = $1 AND rule.uid = $2`,
    [cluster, uid],
  );
  const [row] = rows;
  if (row === undefined) return null;
  const grants = await openGrants(connection, cluster, uid);
  const { accepted } = row;
  const everyone = accepted?.source.type === 'everyone';
  return {
    ...summary(row),
    desired: accepted === null ? null : desiredRule(accepted, everyone ? null : grants),
    problems: [...row.form_problems, ...row.source_problems],
    grants,
  };
}

function summary(row: RuleRow): RuleSummary {
  const { cluster, kind, uid, namespace, name, tenant, accepted, facts, status } = row;
  return {
    cluster,
    kind,
    uid,
    namespace,
    name,
    tenant,
    action: accepted?.action ?? null,
    addresses: facts.addresses,
    status,
    changed: Number(row.changed_position),
  };
}

/** The open grants of a rule ($1: its cluster, $2: its uid), and whether a device holds them. */
export const openGrantsStatement = `
  SELECT prefix, route_domain, namespace, pod_uid, pod_name, from_time, from_position,
    EXISTS (SELECT FROM grant_hold AS hold WHERE hold.cluster = present.cluster AND hold.rule_uid = present.rule_uid
      AND hold.prefix = present.prefix AND (hold.tenant <> 'Common' OR hold.route_domain = present.route_domain)
      AND hold.to_version IS NULL) AS held
  FROM egress_grant AS present WHERE cluster = $1 AND rule_uid = $2 AND to_position IS NULL
  ORDER BY CAST(prefix AS inet), route_domain`;

async function openGrants(connection: Connection, cluster: string, uid: string): Promise<GrantSummary[]> {
  const rows = await query<
    GrantRow & { readonly from_time: Date; readonly from_position: string; readonly held: boolean }
  >(connection, openGrantsStatement, [cluster, uid]);
  return rows.map((row) => ({
    ...sourceGrantOf(row),
    since: row.from_time,
    position: Number(row.from_position),
    held: row.held,
  }));
}
