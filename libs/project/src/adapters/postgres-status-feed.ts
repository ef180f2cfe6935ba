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
}
