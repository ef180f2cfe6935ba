import { type DataSource } from 'typeorm';

/** The last line of `npm run demo -- --once`: figures of the running system, not of the script. */
export interface Summary {
  readonly rules: number;
  readonly grants: number;
  readonly events: number;
  readonly declares: number;
  readonly outageSeconds: number;
  /** Whether the device holds what a fresh compilation of the projections says. */
  readonly converged: boolean;
}

/** Counts what the database holds: rules, grants that are open, and events. */
export async function countRows(source: DataSource): Promise<Pick<Summary, 'rules' | 'grants' | 'events'>> {
  const count = async (from: string): Promise<number> => {
    const rows: unknown = await source.query(`SELECT count(*)::int AS count FROM ${from}`);
    const [row] = rows as readonly { readonly count: number }[];
    return row?.count ?? 0;
  };
  return {
    rules: await count('rule'),
    grants: await count('egress_grant WHERE to_position IS NULL'),
    events: await count('event'),
  };
}
