import { type Connection, query, single } from './sql.js';

/** What the projection holds now, in numbers. */
export interface ProjectionStatistics {
  /** By device. */
  readonly dirtyTenants: ReadonlyMap<string, number>;
  /** By the phase of their status. */
  readonly rules: ReadonlyMap<string, number>;
  readonly grants: number;
  /** Kinds, of any cluster, of which a batch is missing. */
  readonly gaps: number;
}

export async function projectionStatistics(connection: Connection): Promise<ProjectionStatistics> {
  const dirty = await query<{ device: string; count: string }>(
    connection,
    `SELECT device, count(*) FILTER (WHERE greatest(wanted, resync_position) > applied) AS count
     FROM tenant_state GROUP BY device`,
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
    dirtyTenants: new Map(dirty.map(({ device, count }) => [device, Number(count)])),
    rules: new Map(rules.map(({ phase, count }) => [phase, Number(count)])),
    grants: Number(grants),
    gaps: Number(gaps),
  };
}
