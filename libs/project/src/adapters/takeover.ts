import { type EntityManager } from 'typeorm';
import { type CommandActor } from '../ports/commands.js';
import { type TakeoverSummary } from '../ports/queries.js';
import { type TakeoverFinding, type TakeoverStanding } from '../ports/takeover.js';
import { type TakeoverApproved, type TakeoverFound } from './device-events.js';
import { type DevicePlace } from './device-place.js';
import { type Connection, query } from './sql.js';

export async function takeoverStanding(
  transaction: EntityManager,
  device: string,
  tenant: string,
): Promise<TakeoverStanding> {
  const rows = await query<TakeoverStanding>(
    transaction,
    'SELECT digest AS found, approved_digest AS approved FROM takeover WHERE device = $1 AND tenant = $2',
    [device, tenant],
  );
  return rows[0] ?? { found: null, approved: null };
}

/** The latest findings, by device and tenant. */
export async function listTakeovers(connection: Connection, device?: string): Promise<TakeoverSummary[]> {
  const rows = await query<{
    device: string;
    tenant: string;
    digest: string;
    finding: TakeoverFinding;
    found_at: Date;
    position: string;
    approved_digest: string | null;
    approved_by: CommandActor | null;
    approved_at: Date | null;
    version: number | null;
  }>(
    connection,
    `SELECT takeover.*, tenant_state.version FROM takeover LEFT JOIN tenant_state USING (device, tenant)
     WHERE $1::text IS NULL OR device = $1 ORDER BY device, tenant`,
    [device ?? null],
  );
  return rows.map(({ digest, finding, approved_digest, approved_by: by, approved_at: at, version, ...row }) => ({
    device: row.device,
    tenant: row.tenant,
    finding,
    foundAt: row.found_at,
    position: Number(row.position),
    approval: by === null || at === null ? null : { by, at, holds: approved_digest === digest },
    done: version !== null,
  }));
}

export async function takeoverFound(
  { transaction, device, position, recordedAt }: DevicePlace,
  { tenant, finding }: TakeoverFound,
): Promise<void> {
  await query(
    transaction,
    `INSERT INTO takeover (device, tenant, digest, finding, position, found_at) VALUES ($1, $2, $3, $4, $5, $6)
     ON CONFLICT (device, tenant) DO UPDATE SET digest = excluded.digest, finding = excluded.finding,
       position = excluded.position, found_at = excluded.found_at`,
    [device, tenant, finding.digest, JSON.stringify(finding), position, recordedAt],
  );
}

/** The approval stands beside the finding, and the tenant has work again. */
export async function takeoverApproved(
  { transaction, device, position, observedAt, recordedAt }: DevicePlace,
  { tenant, digest, actor }: TakeoverApproved,
): Promise<void> {
  const by = JSON.stringify(actor);
  await query(
    transaction,
    `UPDATE takeover SET approved_digest = $3, approved_by = $4, approved_at = $5 WHERE device = $1 AND tenant = $2`,
    [device, tenant, digest, by, recordedAt],
  );
  await query(
    transaction,
    `UPDATE tenant_state SET wanted = $3, pending_since = coalesce(pending_since, $4) WHERE device = $1 AND tenant = $2`,
    [device, tenant, position, observedAt],
  );
  await query(
    transaction,
    `INSERT INTO audit_entry (position, device, kind, namespace, name, action, after, actor, observed_at, recorded_at)
     SELECT $1, $2, 'Tenant', '', $3, 'approve-takeover', finding, $4, $5, $6 FROM takeover
     WHERE device = $2 AND tenant = $3`,
    [position, device, tenant, by, observedAt, recordedAt],
  );
}
