import { nextStatus, type Programming, type RuleStatus } from '#core/status';
import { type EntityManager } from 'typeorm';
import { afterChange, statusDigest, type StoredFacts } from '../../domain/programming.js';
import { type RuleChange } from '../../domain/rule-change.js';
import { factsOf } from '../../domain/rule-state.js';
import { query } from '../sql.js';
import { type Batch } from './batch.js';

interface PresentStatus {
  readonly uid: string;
  readonly tenant: string | null;
  readonly programming: Programming;
  readonly status: RuleStatus;
}

/** Works out the statuses of the rules that a batch changed: what is wrong with them, and that they are on their way. */
export async function writeStatuses(batch: Batch, changes: readonly RuleChange[]): Promise<void> {
  const uids = changes.flatMap(({ before, after }) => after?.object.uid ?? before?.object.uid ?? []);
  if (uids.length === 0) return;
  const present = new Map((await presentStatuses(batch, uids)).map((row) => [row.uid, row]));
  const rows = changes.flatMap((change) => {
    const { before, after } = change;
    if (after === null) return [];
    const { kind, uid, namespace, name } = after.object;
    const previous = present.get(uid) ?? null;
    const facts = factsOf(after);
    // A rule that is in no tenant any more is settled by the declaration that takes it out of its last one.
    const tenant = after.accepted?.tenant ?? before?.accepted?.tenant ?? previous?.tenant ?? null;
    const inTenant = after.accepted !== null || tenant !== null;
    const progress = { inTenant, declarationChanged: change.declarationChanged };
    const programming = afterChange(previous?.programming ?? null, progress);
    const changed = before === null || change.declarationChanged ? batch.position : 0;
    const identity = { uid, kind, namespace, name, tenant, changed_position: changed };
    return [{ ...identity, ...statusColumns(previous?.status ?? null, facts, programming, batch.recordedAt) }];
  });
  await upsertStatuses(batch, rows);
  const deleted = changes.flatMap(({ before, after }) =>
    after === null && before !== null ? [before.object.uid] : [],
  );
  if (deleted.length > 0) {
    await query(batch.transaction, 'DELETE FROM rule_status WHERE cluster = $1 AND uid = ANY ($2)', [
      batch.cluster,
      deleted,
    ]);
  }
}

interface StatusColumns {
  readonly facts: StoredFacts;
  readonly programming: Programming;
  readonly status: RuleStatus;
  readonly digest: string;
}

function statusColumns(
  previous: RuleStatus | null,
  facts: StoredFacts,
  programming: Programming,
  at: Date,
): StatusColumns {
  const status = nextStatus(previous, { ...facts, programming }, at);
  return { facts, programming, status, digest: statusDigest(status) };
}

async function presentStatuses(
  { transaction, cluster }: Batch,
  uids: readonly string[],
): Promise<readonly PresentStatus[]> {
  return query<PresentStatus>(
    transaction,
    'SELECT uid, tenant, programming, status FROM rule_status WHERE cluster = $1 AND uid = ANY ($2)',
    [cluster, uids],
  );
}

async function upsertStatuses(
  { transaction, cluster, device, recordedAt }: Batch,
  rows: readonly object[],
): Promise<void> {
  if (rows.length === 0) return;
  await query(
    transaction,
    `INSERT INTO rule_status (cluster, uid, device, kind, namespace, name, tenant, facts, programming, changed_position,
       status, digest, decided_at)
     SELECT $2, uid, $3, kind, namespace, name, tenant, facts, programming, changed_position, status, digest, $4
     FROM jsonb_to_recordset($1::jsonb) AS row (uid text, kind text, namespace text, name text, tenant text, facts jsonb,
       programming jsonb, changed_position bigint, status jsonb, digest text)
     ON CONFLICT (cluster, uid) DO UPDATE SET
       device = excluded.device, tenant = excluded.tenant, facts = excluded.facts, programming = excluded.programming,
       changed_position = greatest(rule_status.changed_position, excluded.changed_position),
       decided_at = CASE WHEN rule_status.digest = excluded.digest THEN rule_status.decided_at ELSE excluded.decided_at END,
       status = excluded.status, digest = excluded.digest`,
    [JSON.stringify(rows), cluster, device, recordedAt],
  );
}

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
  const rows = rules.map(({ cluster, uid, facts, status, programming }) => ({
    cluster,
    uid,
    ...statusColumns(status, facts, programming, at),
  }));
  await query(
    transaction,
    `UPDATE rule_status AS present SET programming = row.programming, status = row.status, digest = row.digest,
       decided_at = CASE WHEN present.digest = row.digest THEN present.decided_at ELSE $2 END
     FROM jsonb_to_recordset($1::jsonb) AS row (cluster text, uid text, programming jsonb, status jsonb, digest text)
     WHERE present.cluster = row.cluster AND present.uid = row.uid`,
    [JSON.stringify(rows), at],
  );
}
