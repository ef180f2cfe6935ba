import { type RuleChange } from '../../domain/rule-change.js';
import { query } from '../sql.js';
import { type Batch } from './batch.js';

/** Ends the grants that a batch took away and begins those that it gave. */
export async function writeGrants(batch: Batch, changes: readonly RuleChange[]): Promise<void> {
  const closed = changes.flatMap(({ before, closed: grants }) =>
    grants.map(({ prefix, routeDomain }) => ({ rule: before?.object.uid, prefix, route_domain: routeDomain })),
  );
  const opened = changes.flatMap(({ after, opened: grants }) =>
    grants.map(({ prefix, routeDomain, namespace, pod }) => ({
      rule: after?.object.uid,
      prefix,
      route_domain: routeDomain,
      namespace,
      pod_uid: pod?.uid ?? null,
      pod_name: pod?.name ?? null,
    })),
  );
  if (closed.length > 0) {
    await query(
      batch.transaction,
      `UPDATE egress_grant AS present SET to_position = $3, to_time = $4
       FROM jsonb_to_recordset($1::jsonb) AS gone (rule text, prefix text, route_domain integer)
       WHERE present.cluster = $2 AND present.rule_uid = gone.rule AND present.prefix = gone.prefix
         AND present.route_domain = gone.route_domain AND present.to_position IS NULL`,
      [JSON.stringify(closed), batch.cluster, batch.position, batch.recordedAt],
    );
  }
  if (opened.length > 0) {
    await query(
      batch.transaction,
      `INSERT INTO egress_grant (device, cluster, rule_uid, prefix, route_domain, namespace, pod_uid, pod_name,
         from_position, from_time)
       SELECT $2, $3, rule, prefix, route_domain, namespace, pod_uid, pod_name, $4, $5
       FROM jsonb_to_recordset($1::jsonb) AS row (rule text, prefix text, route_domain integer, namespace text,
         pod_uid text, pod_name text)`,
      [JSON.stringify(opened), batch.device, batch.cluster, batch.position, batch.recordedAt],
    );
  }
}
