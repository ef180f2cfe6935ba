import { canonicalJson, plainJson } from '#core/json';
import { createHash } from 'node:crypto';
import { type EntityManager } from 'typeorm';
import { type DriftAction, type DriftStanding } from '../ports/drift.js';
import { type DriftFound } from './device-events.js';
import { query } from './sql.js';

export interface StoredDrift extends DriftStanding {
  /** Of what differs; null while nothing does. */
  readonly digest: string | null;
  /** When the last finding was recorded. */
  readonly seen: Date | null;
}

export async function tenantDrift(transaction: EntityManager, device: string, tenant: string): Promise<StoredDrift> {
  const rows = await query<{
    action: DriftAction | null;
    since: Date | null;
    position: string;
    message: string | null;
    reordered: boolean;
    digest: string | null;
    repairs: number;
    repaired_at: Date | null;
    seen_at: Date;
  }>(
    transaction,
    `SELECT action, since, position, message, reordered, digest, repairs, repaired_at, seen_at FROM tenant_drift
     WHERE device = $1 AND tenant = $2`,
    [device, tenant],
  );
  const [row] = rows;
  if (row === undefined) return { present: null, repairs: 0, lastRepair: null, digest: null, seen: null };
  const { action, since, position, message, reordered, digest, repairs, repaired_at: lastRepair, seen_at: seen } = row;
  const present =
    action === null || since === null || message === null
      ? null
      : { action, since, position: Number(position), message, reordered };
  return { present, repairs, lastRepair, digest, seen };
}

/** Names what differs, whoever looked at it and when. */
export function differenceDigest({ objects, furtherObjects, enforcement, by }: DriftFound['drift']): string {
  return createHash('sha256')
    .update(canonicalJson(plainJson({ objects, furtherObjects, enforcement, by })))
    .digest('hex');
}

/** The device differs from what was applied. */
export async function writeDrift(
  transaction: EntityManager,
  device: string,
  { tenant, action, repairs, drift }: DriftFound,
  position: number,
  at: Date,
): Promise<void> {
  await query(
    transaction,
    `INSERT INTO tenant_drift AS present (device, tenant, action, since, position, message, digest, repairs,
       repaired_at, seen_at, reordered)
     VALUES ($1, $2, $3, $8, $4, $5, $6, $7, CASE WHEN $3 = 'repair' THEN $8::timestamptz END, $8, $9)
     ON CONFLICT (device, tenant) DO UPDATE SET
       since = coalesce(present.since, excluded.since), repaired_at = coalesce(excluded.repaired_at, present.repaired_at),
       action = excluded.action, position = excluded.position, message = excluded.message, digest = excluded.digest,
       repairs = excluded.repairs, seen_at = excluded.seen_at, reordered = excluded.reordered`,
    [device, tenant, action, position, drift.message, differenceDigest(drift), repairs, at, drift.reordered],
  );
}

/** The device holds again what was applied. */
export async function endDrift(transaction: EntityManager, device: string, tenant: string, at: Date): Promise<void> {
  await query(
    transaction,
    `UPDATE tenant_drift SET action = NULL, since = NULL, message = NULL, digest = NULL, reordered = false,
       seen_at = $3
     WHERE device = $1 AND tenant = $2`,
    [device, tenant, at],
  );
}

/** An operator wants the tenants as they were declared: what was repaired before does not count any more. */
export async function forgetRepairs(
  transaction: EntityManager,
  device: string,
  tenants: readonly string[],
): Promise<void> {
  await query(
    transaction,
    `UPDATE tenant_drift SET repairs = 0, repaired_at = NULL,
       action = CASE WHEN action = 'contested' THEN 'report' ELSE action END
     WHERE device = $1 AND tenant = ANY ($2)`,
    [device, tenants],
  );
}
