import { query, single } from '#project/adapters/sql';
import { type DataSource } from 'typeorm';
import { deviceName } from './scenery.js';

export interface AttemptRecord {
  readonly tenant: string;
  readonly epoch: number;
  readonly purpose: string;
  readonly outcome: string | null;
}

/** What workers have written down, and the lease that lets them. */
export class ApplyRecords {
  constructor(private readonly source: DataSource) {}

  /** The attempts after the first so many. */
  async attempts(after = 0): Promise<readonly AttemptRecord[]> {
    return query(
      this.source,
      'SELECT tenant, epoch::integer, purpose, outcome FROM apply_attempt ORDER BY id OFFSET $1',
      [after],
    );
  }

  async epoch(): Promise<number> {
    const rows = await query<{ epoch: string }>(this.source, 'SELECT epoch FROM device_lease WHERE device = $1', [
      deviceName,
    ]);
    return Number(single(rows).epoch);
  }

  /** As if the time had passed that the lease of that epoch lasts. */
  async endLease(epoch: number): Promise<void> {
    await query(
      this.source,
      'UPDATE device_lease SET expires_at = clock_timestamp() WHERE device = $1 AND epoch = $2',
      [deviceName, epoch],
    );
  }

  /** How much there is of what grows. */
  async rows(): Promise<{ readonly events: number; readonly attempts: number; readonly open: number }> {
    const rows = await query<{ events: number; attempts: number; open: number }>(
      this.source,
      `SELECT (SELECT count(*)::integer FROM event) AS events, count(*)::integer AS attempts,
         count(*) FILTER (WHERE outcome IS NULL)::integer AS open FROM apply_attempt`,
    );
    return single(rows);
  }

  /** All that a worker writes, row by row. */
  async contents(): Promise<unknown> {
    const tables = ['event', 'apply_attempt', 'declaration', 'tenant_state', 'egress_grant', 'grant_hold'];
    const rows = tables.map((table) =>
      query<{ row: string }>(this.source, `SELECT t::text AS row FROM ${table} AS t ORDER BY 1`),
    );
    return [await Promise.all(rows), await this.epoch()];
  }
}
