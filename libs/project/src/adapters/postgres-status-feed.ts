import { type JsonValue } from '#core/json';
import { type RuleKind } from '#core/kinds';
import { type ObjectReference } from '#core/objects';
import { type RuleStatus } from '#core/status';
import { type DataSource } from 'typeorm';
import { inLog, query } from './sql.js';

/** The statuses that Kubernetes does not show yet; the port is `StatusFeed` of libs/watch. */
export class PostgresStatusFeed {
  constructor(private readonly source: DataSource) {}

  /** Up to `limit` of them, the oldest first. */
  async pending(
    cluster: string,
    limit: number,
  ): Promise<
    {
      readonly reference: ObjectReference;
      readonly digest: string;
      readonly status: RuleStatus;
      readonly previous: RuleStatus | null;
    }[]
  > {
    const rows = await query<{
      kind: RuleKind;
      uid: string;
      namespace: string;
      name: string;
      digest: string;
      status: RuleStatus;
      written: RuleStatus | null;
    }>(
      this.source,
      `SELECT kind, uid, namespace, name, digest, status, written FROM rule_status
       WHERE cluster = $1 AND digest IS DISTINCT FROM written_digest ORDER BY decided_at, uid LIMIT $2`,
      [cluster, limit],
    );
    return rows.map(({ kind, uid, namespace, name, digest, status, written }) => ({
      reference: { kind, uid, namespace, name },
      digest,
      status,
      previous: written,
    }));
  }

  /** These stand in Kubernetes now, or their objects are gone. One that is no longer the wanted one is ignored. */
  async written(cluster: string, entries: readonly { readonly uid: string; readonly digest: string }[]): Promise<void> {
    if (entries.length === 0) return;
    await inLog(this.source, (transaction) =>
      query(
        transaction,
        `UPDATE rule_status AS present SET written = present.status, written_digest = present.digest
         FROM unnest($2::text[], $3::text[]) AS entry (uid, digest)
         WHERE present.cluster = $1 AND present.uid = entry.uid AND present.digest = entry.digest`,
        [cluster, entries.map(({ uid }) => uid), entries.map(({ digest }) => digest)],
      ),
    );
  }

  /**
   * Kubernetes shows these: a rule whose status is another than the one written last is pending again, as if it had never
   * been written. One that is pending is left alone: what is seen may be a write that we were not told of yet, and
   * another follows. Tells how many were different.
   */
  async shown(
    cluster: string,
    entries: readonly { readonly uid: string; readonly status: JsonValue }[],
  ): Promise<number> {
    const parameters = [cluster, entries.map(({ uid }) => uid), entries.map(({ status }) => JSON.stringify(status))];
    const shown = 'unnest($2::text[], $3::text[]) AS entry (uid, status)';
    const differs = `present.cluster = $1 AND present.uid = entry.uid AND present.written_digest = present.digest
      AND present.written <> entry.status::jsonb`;
    const look = `SELECT FROM rule_status AS present, ${shown} WHERE ${differs} LIMIT 1`;
    // As a rule there is nothing to do, and nobody has to wait for the log because of it.
    if ((await query(this.source, look, parameters)).length === 0) return 0;
    const forget = `UPDATE rule_status AS present SET written = NULL, written_digest = NULL
      FROM ${shown} WHERE ${differs} RETURNING present.uid`;
    const forgotten = await inLog(this.source, (transaction) => query(transaction, forget, parameters));
    return forgotten.length;
  }
}
