import { type Connection, query, single } from './sql.js';

/** What the projection holds now, in numbers. */
export interface ProjectionStatistics {
  /** By device. */
  readonly dirtyTenants: ReadonlyMap<string, number>;
  /** By device: when the oldest change was seen that is not there yet; null when there is none. */
  readonly pendingSince: ReadonlyMap<string, Date | null>;
  /** Tenants of which drift was ever noticed, and whether it is there now. */
  readonly drifted: readonly { readonly device: string; readonly tenant: string; readonly drifted: boolean }[];
  /** Since when tenants have been pinned. */
  readonly pins: readonly { readonly device: string; readonly tenant: string; readonly since: Date }[];
  /** Tenants that are not touched yet: somebody has to approve first, or the installation only observes. */
  readonly takeovers: readonly { readonly device: string; readonly reason: string; readonly tenants: number }[];
  /** By the phase of their status. */
  readonly rules: ReadonlyMap<string, number>;
  readonly grants: number;
  /** Kinds, of any cluster, of which a batch is missing. */
  readonly gaps: number;
}

export async function projectionStatistics(connection: Connection): Promise<ProjectionStatistics> {
  const devices = await query<{ device: string; dirty: string; since: Date | null }>(
    connection,
    `SELECT device, count(*) FILTER (WHERE greatest(wanted, resync_position) > applied) AS dirty,
       min(pending_since) AS since
     FROM tenant_state GROUP BY device`,
  );
  const drifted = await query<ProjectionStatistics['drifted'][number]>(
    connection,
    'SELECT device, tenant, action IS NOT NULL AS drifted FROM tenant_drift',
  );
  const pins = await query<{ device: string; tenant: string; since: Date }>(
    connection,
    'SELECT device, tenant, since FROM tenant_pin',
  );
  const takeovers = await query<{ device: string; reason: string; tenants: string }>(
    connection,
    `SELECT device, finding ->> 'reason' AS reason, count(*) AS tenants
     FROM takeover LEFT JOIN tenant_state USING (device, tenant)
     WHERE version IS NULL AND approved_digest IS DISTINCT FROM digest GROUP BY device, reason`,
  );
  const rules = await query<{ phase: string; count: string }>(
    connection,
    `SELECT status ->> 'phase' AS phase, count(*) AS count FROM rule_status GROUP BY phase`,
  );
  const counts = await query<{ grants: string; gaps: string }>(
    connection,
    `SELECT (SELECT count(*) FROM egress_grant WHERE to_position IS NULL) AS grants,
       (SELECT count(*) FROM checkpoint WHERE gap) AS gaps`,
  );
  const { grants, gaps } = single(counts);
  return {
    dirtyTenants: new Map(devices.map(({ device, dirty }) => [device, Number(dirty)])),
    pendingSince: new Map(devices.map(({ device, since }) => [device, since])),
    drifted,
    pins,
    takeovers: takeovers.map(({ tenants, ...of }) => ({ ...of, tenants: Number(tenants) })),
    rules: new Map(rules.map(({ phase, count }) => [phase, Number(count)])),
    grants: Number(grants),
    gaps: Number(gaps),
  };
}
