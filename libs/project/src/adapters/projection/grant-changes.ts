import { query } from '../sql.js';
import { type SettledBatch, type TableChanges, type Target } from './batch.js';
import { type BegunGrant, type EndedGrant, GrantRanges } from './grant-ranges.js';

/** The grants of rules that began and ended. */
export class GrantChanges implements TableChanges {
  private readonly ranges = new GrantRanges();

  take({ effects, position, recordedAt: time }: SettledBatch): void {
    for (const { before, after, closed, opened } of effects.rules) {
      const rule = after?.object.uid ?? before?.object.uid;
      if (rule === undefined) continue;
      const owner = { rule, tenant: null };
      for (const grant of closed) this.ranges.end(owner, grant, { position, time });
      for (const grant of opened) this.ranges.begin(owner, grant, { position, time });
    }
  }

  async write(target: Target): Promise<void> {
    await endGrants(target, this.ranges.ended);
    await beginGrants(target, this.ranges.begun);
  }
}

async function endGrants({ transaction, cluster }: Target, ended: readonly EndedGrant[]): Promise<void> {
  if (ended.length === 0) return;
  await query(
    transaction,
    `UPDATE egress_grant AS present SET to_position = gone.to_position, to_time = gone.to_time
     FROM jsonb_to_recordset($1::jsonb) AS gone (rule text, prefix text, route_domain integer, to_position bigint,
       to_time timestamptz)
     WHERE present.cluster = $2 AND present.rule_uid = gone.rule AND present.prefix = gone.prefix
       AND present.route_domain = gone.route_domain AND present.to_position IS NULL`,
    [JSON.stringify(ended), cluster],
  );
}

async function beginGrants({ transaction, cluster, device }: Target, begun: readonly BegunGrant[]): Promise<void> {
  if (begun.length === 0) return;
  await query(
    transaction,
    `INSERT INTO egress_grant (device, cluster, rule_uid, prefix, route_domain, namespace, pod_uid, pod_name,
       from_position, from_time, to_position, to_time)
     SELECT $2, $3, rule, prefix, route_domain, namespace, pod_uid, pod_name, from_position, from_time, to_position,
       to_time
     FROM jsonb_to_recordset($1::jsonb) AS row (rule text, prefix text, route_domain integer, namespace text,
       pod_uid text, pod_name text, from_position bigint, from_time timestamptz, to_position bigint,
       to_time timestamptz)`,
    [JSON.stringify(begun), device, cluster],
  );
}
