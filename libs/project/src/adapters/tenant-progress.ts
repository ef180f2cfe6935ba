import { type EntityManager } from 'typeorm';
import { type LastOutcome } from '../ports/queries.js';
import { query } from './sql.js';

/** How a tenant stands after something was said about it. */
export interface TenantProgress {
  /** The device was brought up to this position. */
  readonly applied?: number;
  /** The version that the device holds. */
  readonly version?: number;
  /** The version to fall back to. */
  readonly goodVersion?: number;
  readonly outcome: Omit<LastOutcome, 'at'>;
}

/** The position up to which a tenant was applied; 0 for one that nothing is known of. */
export async function appliedPosition(transaction: EntityManager, device: string, tenant: string): Promise<number> {
  const rows = await query<{ applied: string }>(
    transaction,
    'SELECT applied FROM tenant_state WHERE device = $1 AND tenant = $2',
    [device, tenant],
  );
  return Number(rows[0]?.applied ?? 0);
}

export async function writeProgress(
  transaction: EntityManager,
  device: string,
  tenant: string,
  { applied, version, goodVersion, outcome }: TenantProgress,
  at: Date,
): Promise<void> {
  await query(
    transaction,
    `INSERT INTO tenant_state AS present (device, tenant, wanted, applied, version, good_version, last_outcome,
       last_reason, last_message, last_at)
     VALUES ($1, $2, 0, coalesce($3, 0), $4, $5, $6, $7, $8, $9)
     ON CONFLICT (device, tenant) DO UPDATE SET
       applied = greatest(present.applied, excluded.applied),
       version = coalesce(excluded.version, present.version),
       good_version = coalesce(excluded.good_version, present.good_version),
       last_outcome = excluded.last_outcome, last_reason = excluded.last_reason,
       last_message = excluded.last_message, last_at = excluded.last_at`,
    [
      device,
      tenant,
      applied ?? null,
      version ?? null,
      goodVersion ?? null,
      outcome.outcome,
      outcome.reason,
      outcome.message,
      at,
    ],
  );
}
