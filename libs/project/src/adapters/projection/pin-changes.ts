import { type RulesPinned } from '../../domain/events.js';
import { query } from '../sql.js';
import { type SettledBatch, type TableChanges, type Target } from './batch.js';
import { type BegunGrant, type EndedGrant, GrantRanges } from './grant-ranges.js';

/** The forms that tenants are pinned to, and the addresses that these apply to. */
export class PinChanges implements TableChanges {
  private readonly pinned = new Map<string, RulesPinned['rules']>();
  private readonly ranges = new GrantRanges();

  take({ events, effects, position, recordedAt: time }: SettledBatch): void {
    for (const { event } of events) if (event.type === 'rules-pinned') this.pinned.set(event.tenant, event.rules);
    for (const { tenant, uid, closed, opened, sourcesAt } of effects.pinned) {
      const owner = { rule: uid, tenant };
      for (const grant of closed) this.ranges.end(owner, grant, { position, time });
      for (const grant of opened) this.ranges.begin(owner, grant, { position, time }, sourcesAt);
    }
  }

  async write(target: Target): Promise<void> {
    for (const [tenant, forms] of this.pinned) await replaceForms(target, tenant, forms);
    await endGrants(target, this.ranges.ended);
    await beginGrants(target, this.ranges.begun);
  }
}

async function replaceForms(
  { transaction, cluster }: Target,
  tenant: string,
  forms: RulesPinned['rules'],
): Promise<void> {
  await query(transaction, 'DELETE FROM pinned_rule WHERE cluster = $1 AND tenant = $2', [cluster, tenant]);
  if (forms.length === 0) return;
  const rows = forms.map(({ rule, sourcesAt, standing }) => ({
    uid: rule.uid,
    accepted: rule,
    form_position: sourcesAt,
    standing,
  }));
  await query(
    transaction,
    `INSERT INTO pinned_rule (cluster, tenant, uid, accepted, form_position, standing)
     SELECT $2, $3, uid, accepted, form_position, standing
     FROM jsonb_to_recordset($1::jsonb) AS row (uid text, accepted jsonb, form_position bigint, standing jsonb)`,
    [JSON.stringify(rows), cluster, tenant],
  );
}

async function endGrants({ transaction, cluster }: Target, ended: readonly EndedGrant[]): Promise<void> {
  if (ended.length === 0) return;
  await query(
    transaction,
    `UPDATE pinned_grant AS present SET to_position = gone.to_position, to_time = gone.to_time
     FROM jsonb_to_recordset($1::jsonb) AS gone (tenant text, rule text, prefix text, route_domain integer,
       to_position bigint, to_time timestamptz)
     WHERE present.cluster = $2 AND present.tenant = gone.tenant AND present.rule_uid = gone.rule
       AND present.prefix = gone.prefix AND present.route_domain = gone.route_domain AND present.to_position IS NULL`,
    [JSON.stringify(ended), cluster],
  );
}

async function beginGrants({ transaction, cluster, device }: Target, begun: readonly BegunGrant[]): Promise<void> {
  if (begun.length === 0) return;
  await query(
    transaction,
    `INSERT INTO pinned_grant (device, cluster, tenant, rule_uid, form_position, prefix, route_domain, namespace, pod_uid,
       pod_name, from_position, from_time, to_position, to_time)
     SELECT $2, $3, tenant, rule, form_position, prefix, route_domain, namespace, pod_uid, pod_name, from_position,
       from_time, to_position, to_time
     FROM jsonb_to_recordset($1::jsonb) AS row (tenant text, rule text, form_position bigint, prefix text,
       route_domain integer, namespace text, pod_uid text, pod_name text, from_position bigint, from_time timestamptz,
       to_position bigint, to_time timestamptz)`,
    [JSON.stringify(begun), device, cluster],
  );
}
