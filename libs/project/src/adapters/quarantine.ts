import { type EntityManager } from 'typeorm';
import { type HeldBackRule } from '../ports/apply-log.js';
import { type QuarantinedRule } from '../ports/desired-state.js';
import { query } from './sql.js';

/** The rules of a tenant that the device refused, and whether it is time to try them again. */
export async function quarantinedRules(
  transaction: EntityManager,
  device: string,
  tenant: string,
  now: Date,
): Promise<QuarantinedRule[]> {
  const rows = await query<{
    cluster: string;
    rule_uid: string;
    definition: string;
    reason: string;
    message: string;
    since: Date;
    tries: number;
    retry_at: Date;
    attempt: string | null;
  }>(
    transaction,
    `SELECT cluster, rule_uid, definition, reason, message, since, tries, retry_at, attempt FROM quarantine
     WHERE device = $1 AND tenant = $2 ORDER BY cluster, rule_uid`,
    [device, tenant],
  );
  return rows.map(({ rule_uid: uid, since, retry_at: retryAt, attempt, ...row }) => ({
    ...row,
    uid,
    since: since.toISOString(),
    retryAt: retryAt.toISOString(),
    attempt: attempt === null ? null : Number(attempt),
    due: retryAt <= now,
  }));
}

/** These of a tenant's rules are in quarantine now, and no others. */
export async function writeQuarantine(
  transaction: EntityManager,
  device: string,
  tenant: string,
  heldBack: readonly HeldBackRule[],
): Promise<void> {
  await query(transaction, 'DELETE FROM quarantine WHERE device = $1 AND tenant = $2', [device, tenant]);
  const rows = heldBack.flatMap(({ quarantine, cluster, uid, reason, message }) =>
    quarantine === undefined
      ? []
      : [{ cluster, rule_uid: uid, reason, message, ...quarantine, retry_at: quarantine.retryAt }],
  );
  if (rows.length === 0) return;
  await query(
    transaction,
    `INSERT INTO quarantine (device, tenant, cluster, rule_uid, definition, reason, message, since, tries, retry_at, attempt)
     SELECT $2, $3, cluster, rule_uid, definition, reason, message, since, tries, retry_at, attempt
     FROM jsonb_to_recordset($1::jsonb) AS row (cluster text, rule_uid text, definition text, reason text, message text,
       since timestamptz, tries integer, retry_at timestamptz, attempt bigint)
     ON CONFLICT DO NOTHING`,
    [JSON.stringify(rows), device, tenant],
  );
}
