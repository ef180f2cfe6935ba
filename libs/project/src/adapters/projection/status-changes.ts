import { nextStatus, type Programming, type RuleStatus } from '#core/status';
import { afterChange, statusDigest, type StoredFacts } from '../../domain/programming.js';
import { type RuleChange } from '../../domain/rule-change.js';
import { factsOf } from '../../domain/rule-state.js';
import { query } from '../sql.js';
import { type SettledBatch, type TableChanges, type Target } from './batch.js';

/** What a batch changed of one rule, as far as its status is concerned. */
interface Step {
  readonly uid: string;
  /** Null when the rule was deleted. */
  readonly rule: ChangedRule | null;
  readonly position: number;
  readonly at: Date;
}

interface ChangedRule {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly facts: StoredFacts;
  readonly accepted: boolean;
  /** Where it is declared, or was until now; null when neither. */
  readonly tenant: string | null;
  readonly isNew: boolean;
  readonly declarationChanged: boolean;
}

/** How the status of a rule stands. */
interface Standing {
  readonly tenant: string | null;
  readonly programming: Programming;
  readonly changed: number;
  readonly status: RuleStatus;
  readonly digest: string;
  readonly decidedAt: Date;
}

/** The statuses of rules: what is wrong with them, and that they are on their way. */
export class StatusChanges implements TableChanges {
  private readonly steps: Step[] = [];

  take({ effects, position, recordedAt: at }: SettledBatch): void {
    for (const change of effects.rules) {
      const uid = change.after?.object.uid ?? change.before?.object.uid;
      if (uid !== undefined) this.steps.push({ uid, rule: changedRule(change), position, at });
    }
  }

  async write(target: Target): Promise<void> {
    if (this.steps.length === 0) return;
    const standing = await standings(target, [...new Set(this.steps.map(({ uid }) => uid))]);
    const rows = new Map<string, object>();
    for (const step of this.steps) {
      const { uid, rule } = step;
      if (rule === null) {
        standing.delete(uid);
        rows.delete(uid);
        continue;
      }
      const next = { facts: rule.facts, ...stepTo(rule, step, standing.get(uid)) };
      standing.set(uid, next);
      const { kind, namespace, name } = rule;
      const { changed: changed_position, decidedAt: decided_at, ...columns } = next;
      rows.set(uid, { uid, kind, namespace, name, ...columns, changed_position, decided_at });
    }
    await upsert(target, [...rows.values()]);
    await remove(
      target,
      this.steps.flatMap(({ uid }) => (rows.has(uid) ? [] : uid)),
    );
  }
}

function changedRule({ before, after, declarationChanged }: RuleChange): ChangedRule | null {
  if (after === null) return null;
  const { kind, namespace, name } = after.object;
  return {
    kind,
    namespace,
    name,
    facts: factsOf(after),
    accepted: after.accepted !== null,
    tenant: after.accepted?.tenant ?? before?.accepted?.tenant ?? null,
    isNew: before === null,
    declarationChanged,
  };
}

function stepTo(rule: ChangedRule, { position, at }: Step, previous: Standing | undefined): Standing {
  const { facts, declarationChanged } = rule;
  // A rule that is in no tenant any more is settled by the declaration that takes it out of its last one.
  const tenant = rule.tenant ?? previous?.tenant ?? null;
  const inTenant = rule.accepted || tenant !== null;
  const programming = afterChange(previous?.programming ?? null, { inTenant, declarationChanged });
  const changed = Math.max(previous?.changed ?? 0, rule.isNew || declarationChanged ? position : 0);
  const status = nextStatus(previous?.status ?? null, { ...facts, programming }, at);
  const digest = statusDigest(status);
  const decidedAt = previous?.digest === digest ? previous.decidedAt : at;
  return { tenant, programming, changed, status, digest, decidedAt };
}

async function standings({ transaction, cluster }: Target, uids: readonly string[]): Promise<Map<string, Standing>> {
  const rows = await query<
    Omit<Standing, 'changed' | 'decidedAt'> & {
      readonly uid: string;
      readonly changed_position: string;
      readonly decided_at: Date;
    }
  >(
    transaction,
    `SELECT uid, tenant, programming, changed_position, status, digest, decided_at FROM rule_status
     WHERE cluster = $1 AND uid = ANY ($2)`,
    [cluster, uids],
  );
  return new Map(
    rows.map(({ uid, changed_position: changed, decided_at: decidedAt, ...row }) => [
      uid,
      { ...row, changed: Number(changed), decidedAt },
    ]),
  );
}

async function upsert({ transaction, cluster, device }: Target, rows: readonly object[]): Promise<void> {
  if (rows.length === 0) return;
  await query(
    transaction,
    `INSERT INTO rule_status (cluster, uid, device, kind, namespace, name, tenant, facts, programming, changed_position,
       status, digest, decided_at)
     SELECT $2, uid, $3, kind, namespace, name, tenant, facts, programming, changed_position, status, digest, decided_at
     FROM jsonb_to_recordset($1::jsonb) AS row (uid text, kind text, namespace text, name text, tenant text, facts jsonb,
       programming jsonb, changed_position bigint, status jsonb, digest text, decided_at timestamptz)
     ON CONFLICT (cluster, uid) DO UPDATE SET
       device = excluded.device, kind = excluded.kind, namespace = excluded.namespace, name = excluded.name,
       tenant = excluded.tenant, facts = excluded.facts, programming = excluded.programming,
       changed_position = excluded.changed_position, status = excluded.status, digest = excluded.digest,
       decided_at = excluded.decided_at`,
    [JSON.stringify(rows), cluster, device],
  );
}

async function remove({ transaction, cluster }: Target, uids: readonly string[]): Promise<void> {
  if (uids.length === 0) return;
  await query(transaction, 'DELETE FROM rule_status WHERE cluster = $1 AND uid = ANY ($2)', [cluster, uids]);
}
