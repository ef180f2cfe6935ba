import { type Position } from '#core/desired';
import { type JsonValue } from '#core/json';
import { type CommandActor } from '../ports/commands.js';
import { type AuditDetail, type AuditEntry, type AuditFilter } from '../ports/history.js';
import { type Page, type PageRequest } from '../ports/queries.js';
import { Conditions } from './conditions.js';
import { newestFirst } from './newest-first.js';
import { type Connection, query } from './sql.js';

interface AuditRow {
  readonly position: string;
  readonly device: string | null;
  readonly cluster: string | null;
  readonly kind: string;
  readonly uid: string | null;
  readonly namespace: string;
  readonly name: string;
  readonly action: string;
  readonly before: JsonValue;
  readonly after: JsonValue;
  readonly manager: string | null;
  readonly actor: CommandActor | null;
  readonly observed_at: Date;
  readonly recorded_at: Date;
}

const columns = `position, device, cluster, kind, uid, namespace, name, action, before, after, manager, actor, observed_at,
  recorded_at`;

export async function listAudit(
  connection: Connection,
  filter: AuditFilter,
  page: PageRequest,
): Promise<Page<AuditEntry>> {
  const { since, until } = filter;
  const conditions = new Conditions()
    .equal('cluster', filter.cluster)
    .equal('kind', filter.kind)
    .equal('namespace', filter.namespace)
    .equal('name', filter.name)
    .either((actor) => [`manager = ${actor}`, `actor ->> 'name' = ${actor}`], filter.actor);
  if (since !== undefined) conditions.compare(['recorded_at'], '>=', [since.toISOString()]);
  if (until !== undefined) conditions.compare(['recorded_at'], '<=', [until.toISOString()]);
  return newestFirst(
    connection,
    { select: `SELECT ${columns} FROM audit_entry`, conditions, key: 'position', keyOf: ({ position }) => position },
    page,
    auditEntry,
  );
}

export async function findAuditEntry(connection: Connection, position: Position): Promise<AuditDetail | null> {
  const rows = await query<AuditRow>(connection, `SELECT ${columns} FROM audit_entry WHERE position = $1`, [position]);
  const [row] = rows;
  return row === undefined ? null : { ...auditEntry(row), effective: await effective(connection, row) };
}

/** Of a rule that is gone, what the device held of it tells the tenant. */
async function effective(
  connection: Connection,
  { device, cluster, uid, position }: AuditRow,
): Promise<AuditDetail['effective']> {
  const rows = await query<{ tenant: string; version: number; effective_from: Date; effective_to: Date }>(
    connection,
    `SELECT attempt.tenant, attempt.version, attempt.effective_from, attempt.effective_to
     FROM tenant_state AS state JOIN LATERAL (
       SELECT * FROM apply_attempt AS attempt
       WHERE attempt.device = state.device AND attempt.tenant = state.tenant AND attempt.position >= $4
         AND outcome = 'applied' AND purpose = 'change'
       ORDER BY version LIMIT 1) AS attempt ON true
     WHERE state.device = $1 AND (
       EXISTS (SELECT FROM rule_status WHERE cluster = $2 AND uid = $3 AND tenant = state.tenant)
       OR EXISTS (SELECT FROM grant_hold AS hold WHERE hold.device = state.device AND hold.tenant = state.tenant
         AND hold.cluster = $2 AND hold.rule_uid = $3))
     ORDER BY attempt.effective_from LIMIT 1`,
    [device, cluster, uid, position],
  );
  const [row] = rows;
  if (row === undefined) return null;
  const { tenant, version, effective_from: earliest, effective_to: latest } = row;
  return { tenant, version, interval: { earliest, latest } };
}

function auditEntry({ position, observed_at: observedAt, recorded_at: at, ...row }: AuditRow): AuditEntry {
  return { ...row, position: Number(position), observedAt, at };
}
