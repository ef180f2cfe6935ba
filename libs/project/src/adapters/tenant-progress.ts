import { type Position } from '#core/desired';
import { type EntityManager } from 'typeorm';
import { type LastOutcome } from '../ports/queries.js';
import { query, single } from './sql.js';
import { type TenantScope } from './tenant-scope.js';

/** How a tenant stands. */
export interface TenantProgress {
  /** The device was brought up to this position; 0 for a tenant of which nothing is known. */
  readonly applied: Position;
  /** The version that the device holds. */
  readonly version: number | null;
  readonly outcome: Omit<LastOutcome, 'at'> | null;
}

export async function tenantProgress(
  transaction: EntityManager,
  device: string,
  tenant: string,
): Promise<TenantProgress> {
  const rows = await query<{
    applied: string;
    version: number | null;
    last_outcome: LastOutcome['outcome'] | null;
    last_reason: string | null;
    last_message: string | null;
  }>(
    transaction,
    `SELECT applied, version, last_outcome, last_reason, last_message FROM tenant_state
     WHERE device = $1 AND tenant = $2`,
    [device, tenant],
  );
  const [row] = rows;
  if (row === undefined) return { applied: 0, version: null, outcome: null };
  const { last_outcome: outcome, last_reason: reason, last_message: message } = row;
  return {
    applied: Number(row.applied),
    version: row.version,
    outcome: outcome === null ? null : { outcome, reason, message },
  };
}

/**
 * That a tenant may hold rules in an earlier form, because what became of them is refused: the last good rules are declared
 * in place of the desired ones, or a rule is in quarantine. `state`: its row of `tenant_state`.
 */
export const keepsEarlierForms = (state: string) => `(${state}.version IS DISTINCT FROM ${state}.good_version
  OR EXISTS (SELECT FROM quarantine WHERE quarantine.device = ${state}.device AND quarantine.tenant = ${state}.tenant))`;

/** Whether any tenant of a device may. */
export async function someKeepsEarlierForms(transaction: EntityManager, device: string): Promise<boolean> {
  const rows = await query<{ keeps: boolean }>(
    transaction,
    `SELECT EXISTS (SELECT FROM tenant_state AS state WHERE device = $1 AND ${keepsEarlierForms('state')}) AS keeps`,
    [device],
  );
  return single(rows).keeps;
}

/** What an event says of a tenant as a whole. */
export interface ProgressChange {
  /** The device has to be brought up to this position at least. */
  readonly wanted?: Position;
  readonly applied?: Position;
  readonly version?: number;
  /** The version to fall back to. */
  readonly goodVersion?: number;
  /** The version that holds all that was desired. */
  readonly settledVersion?: number;
  readonly outcome: Omit<LastOutcome, 'at'>;
}

/**
 * What came after the position that is applied now began to wait when the log went on from there: as that declaration's
 * snapshot was taken, or some moments later. What is wanted on the device's own account waits from now on.
 */
const pendingSince = `CASE
  WHEN excluded.wanted > present.applied THEN coalesce(present.pending_since, excluded.last_at)
  WHEN excluded.applied <= present.applied THEN present.pending_since
  WHEN greatest(present.wanted, present.resync_position) > excluded.applied THEN
    (SELECT recorded_at FROM event WHERE position > excluded.applied ORDER BY position LIMIT 1)
  END`;

export async function writeProgress(
  transaction: EntityManager,
  { device, tenant, at }: TenantScope,
  { wanted, applied, version, goodVersion, settledVersion, outcome }: ProgressChange,
): Promise<void> {
  await query(
    transaction,
    `INSERT INTO tenant_state AS present (device, tenant, wanted, applied, version, good_version, last_outcome,
       last_reason, last_message, last_at, settled_version)
     VALUES ($1, $2, coalesce($10, 0), coalesce($3, 0), $4, $5, $6, $7, $8, $9, $11)
     ON CONFLICT (device, tenant) DO UPDATE SET
       wanted = greatest(present.wanted, excluded.wanted),
       applied = greatest(present.applied, excluded.applied),
       pending_since = ${pendingSince},
       version = coalesce(excluded.version, present.version),
       good_version = coalesce(excluded.good_version, present.good_version),
       settled_version = coalesce(excluded.settled_version, present.settled_version),
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
      wanted ?? null,
      settledVersion ?? null,
    ],
  );
}
