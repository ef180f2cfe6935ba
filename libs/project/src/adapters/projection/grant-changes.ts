import { query } from '../sql.js';
import { type SettledBatch, type TableChanges, type Target } from './batch.js';

interface End {
  readonly to_position: number;
  readonly to_time: Date;
}

interface Ended extends End {
  readonly rule: string;
  readonly prefix: string;
  readonly route_domain: number;
}

interface Begun extends Partial<End> {
  readonly rule: string;
  readonly prefix: string;
  readonly route_domain: number;
  readonly namespace: string;
  readonly pod_uid: string | null;
  readonly pod_name: string | null;
  readonly from_position: number;
  readonly from_time: Date;
}

/** The grants that began and ended. */
export class GrantChanges implements TableChanges {
  /** Began before, and ended. */
  private readonly ended: Ended[] = [];
  /** Began, and go on. */
  private readonly open = new Map<string, Begun>();
  /** Began, and ended. */
  private readonly passed: Begun[] = [];

  take({ effects, position, recordedAt }: SettledBatch): void {
    const end: End = { to_position: position, to_time: recordedAt };
    for (const { before, after, closed, opened } of effects.rules) {
      if (before !== null) {
        for (const { prefix, routeDomain } of closed) this.end(before.object.uid, prefix, routeDomain, end);
      }
      if (after === null) continue;
      const { uid } = after.object;
      for (const { prefix, routeDomain, namespace, pod } of opened) {
        this.open.set(keyOf(uid, prefix, routeDomain), {
          rule: uid,
          prefix,
          route_domain: routeDomain,
          namespace,
          pod_uid: pod?.uid ?? null,
          pod_name: pod?.name ?? null,
          from_position: position,
          from_time: recordedAt,
        });
      }
    }
  }

  async write(target: Target): Promise<void> {
    await endGrants(target, this.ended);
    await beginGrants(target, [...this.passed, ...this.open.values()]);
  }

  private end(rule: string, prefix: string, routeDomain: number, end: End): void {
    const key = keyOf(rule, prefix, routeDomain);
    const begun = this.open.get(key);
    if (begun === undefined) this.ended.push({ rule, prefix, route_domain: routeDomain, ...end });
    else {
      this.passed.push({ ...begun, ...end });
      this.open.delete(key);
    }
  }
}

/** Names an open grant within a cluster. */
function keyOf(rule: string, prefix: string, routeDomain: number): string {
  return `${rule} ${prefix} ${routeDomain}`;
}

async function endGrants({ transaction, cluster }: Target, ended: readonly Ended[]): Promise<void> {
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

async function beginGrants({ transaction, cluster, device }: Target, begun: readonly Begun[]): Promise<void> {
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
