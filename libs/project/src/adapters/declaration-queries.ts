import { type DesiredRule } from '#core/desired';
import { type JsonObject } from '#core/json';
import { type Purpose } from '../ports/apply-log.js';
import { type CommandActor } from '../ports/commands.js';
import {
  type DeclarationDetail,
  type DeclarationFilter,
  type DeclarationSummary,
  type LastOutcome,
  type Page,
  type PageRequest,
  type TenantSummary,
} from '../ports/queries.js';
import { type DriftAction } from '../ports/drift.js';
import { Conditions } from './conditions.js';
import { newestFirst } from './newest-first.js';
import { type Connection, query } from './sql.js';

interface AttemptRow {
  readonly id: string;
  readonly device: string;
  readonly tenant: string;
  readonly version: number;
  readonly purpose: Purpose;
  readonly digest: string;
  readonly position: string;
  readonly rule_count: number;
  readonly outcome: 'applied' | 'refused' | null;
  readonly begun_at: Date;
  readonly effective_from: Date | null;
  readonly effective_to: Date | null;
  readonly reason: string | null;
  readonly message: string | null;
}

const columns = `attempt.id, device, tenant, version, purpose, digest, position, rule_count, outcome, begun_at,
  effective_from, effective_to, reason, message`;

export async function listDeclarations(
  connection: Connection,
  filter: DeclarationFilter,
  page: PageRequest,
): Promise<Page<DeclarationSummary>> {
  const conditions = new Conditions().equal('device', filter.device).equal('tenant', filter.tenant);
  return newestFirst(
    connection,
    { select: `SELECT ${columns} FROM apply_attempt AS attempt`, conditions, key: 'id', keyOf: ({ id }) => id },
    page,
    summary,
  );
}

export async function findDeclaration(
  connection: Connection,
  device: string,
  tenant: string,
  version: number,
): Promise<DeclarationDetail | null> {
  const rows = await query<AttemptRow & { rules: readonly DesiredRule[] | null; body: JsonObject | null }>(
    connection,
    `SELECT ${columns}, rules, body
     FROM apply_attempt AS attempt LEFT JOIN declaration USING (device, tenant, version)
     WHERE device = $1 AND tenant = $2 AND version = $3`,
    [device, tenant, version],
  );
  const [row] = rows;
  if (row === undefined) return null;
  const { rules, body } = row;
  return { ...summary(row), content: rules === null || body === null ? null : { rules, declaration: body } };
}

function summary(row: AttemptRow): DeclarationSummary {
  const { device, tenant, version, purpose, digest, effective_from: from, effective_to: to } = row;
  return {
    device,
    tenant,
    version,
    purpose,
    digest,
    position: Number(row.position),
    rules: row.rule_count,
    outcome: row.outcome ?? 'open',
    begunAt: row.begun_at,
    effective: from === null || to === null ? null : { from, to },
    reason: row.reason,
    message: row.message,
  };
}

export async function listTenants(connection: Connection, device: string | undefined): Promise<TenantSummary[]> {
  const conditions = new Conditions().equal('state.device', device);
  const rows = await query<{
    device: string;
    tenant: string;
    wanted: string;
    applied: string;
    resync: boolean;
    version: number | null;
    rules: string;
    last_outcome: LastOutcome['outcome'] | null;
    last_reason: string | null;
    last_message: string | null;
    last_at: Date | null;
    open: boolean;
    action: DriftAction | null;
    since: Date | null;
    drift_position: string | null;
    drift_message: string | null;
    pin_version: number | null;
    pin_since: Date;
    pin_actor: CommandActor;
    pin_reason: string;
  }>(
    connection,
    `SELECT state.device, state.tenant, wanted, applied, coalesce(resync_position > applied, false) AS resync,
       state.version,
       (SELECT count(*) FROM rule WHERE rule.device = state.device AND rule.tenant = state.tenant) AS rules,
       last_outcome, last_reason, last_message, last_at,
       EXISTS (SELECT FROM apply_attempt AS attempt WHERE attempt.device = state.device
         AND attempt.tenant = state.tenant AND attempt.outcome IS NULL) AS open,
       drift.action, drift.since, drift.position AS drift_position, drift.message AS drift_message,
       pin.version AS pin_version, pin.since AS pin_since, pin.actor AS pin_actor, pin.reason AS pin_reason
     FROM tenant_state AS state LEFT JOIN tenant_drift AS drift USING (device, tenant)
       LEFT JOIN tenant_pin AS pin USING (device, tenant)
     ${conditions.where} ORDER BY state.device, state.tenant`,
    conditions.parameters,
  );
  return rows.map((row) => ({
    device: row.device,
    tenant: row.tenant,
    wanted: Number(row.wanted),
    applied: Number(row.applied),
    resync: row.resync,
    version: row.version,
    rules: Number(row.rules),
    lastOutcome:
      row.last_outcome === null || row.last_at === null
        ? null
        : { outcome: row.last_outcome, reason: row.last_reason, message: row.last_message, at: row.last_at },
    open: row.open,
    drift:
      row.action === null || row.since === null || row.drift_position === null || row.drift_message === null
        ? null
        : {
            action: row.action,
            since: row.since,
            position: Number(row.drift_position),
            message: row.drift_message,
          },
    pin:
      row.pin_version === null
        ? null
        : { version: row.pin_version, since: row.pin_since, actor: row.pin_actor, reason: row.pin_reason },
  }));
}
