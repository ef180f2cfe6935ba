import { nextStatus, type Programming, type RuleStatus } from '#core/status';
import { type EntityManager } from 'typeorm';
import { statusDigest, type StoredFacts } from '../../domain/programming.js';
import { query } from '../sql.js';

/** A rule whose way to the device went on, whatever happened in the cluster meanwhile. */
export interface ProgrammedRule {
  readonly cluster: string;
  readonly uid: string;
  readonly facts: StoredFacts;
  readonly status: RuleStatus;
  readonly programming: Programming;
}

/** Writes how far rules are on their way to the device, and the statuses that follow. */
export async function writeProgramming(
  transaction: EntityManager,
  rules: readonly ProgrammedRule[],
  at: Date,
): Promise<void> {
  if (rules.length === 0) return;
  const rows = rules.map(({ cluster, uid, facts, status: previous, programming }) => {
    const status = nextStatus(previous, { ...facts, programming }, at);
    return { cluster, uid, programming, status, digest: statusDigest(status) };
  });
  await query(
    transaction,
    `UPDATE rule_status AS present SET programming = row.programming, status = row.status, digest = row.digest,
       decided_at = CASE WHEN present.digest = row.digest THEN present.decided_at ELSE $2 END
     FROM jsonb_to_recordset($1::jsonb) AS row (cluster text, uid text, programming jsonb, status jsonb, digest text)
     WHERE present.cluster = row.cluster AND present.uid = row.uid`,
    [JSON.stringify(rows), at],
  );
}
