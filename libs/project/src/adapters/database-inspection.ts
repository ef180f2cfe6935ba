import { DataSource } from 'typeorm';
import { dataSourceOptions, migrationState } from './data-source.js';
import { query } from './sql.js';

/** What `ces doctor` asks of a database. */
export interface DatabaseFacts {
  /** Such as 150020 for 15.20. */
  readonly versionNumber: number;
  readonly version: string;
  /** A replica takes no writes. */
  readonly isReplica: boolean;
  /** Migrations that have not been run. */
  readonly missing: readonly string[];
  /** Migrations that this version of CES does not know. */
  readonly unknown: readonly string[];
  /** Rules that name destinations by domain name; null where the database is not migrated. */
  readonly rulesByDomainName: number | null;
}

/** @throws what pg throws when the database cannot be reached. */
export async function inspectDatabase(url: string): Promise<DatabaseFacts> {
  const source = await new DataSource(dataSourceOptions(url, { poolSize: 1 })).initialize();
  try {
    const [server] = await query<Pick<DatabaseFacts, 'versionNumber' | 'version' | 'isReplica'>>(
      source,
      `SELECT current_setting('server_version_num')::int AS "versionNumber",
        current_setting('server_version') AS version, pg_is_in_recovery() AS "isReplica"`,
    );
    if (server === undefined) throw new Error('PostgreSQL did not say what it is.');
    const { missing, unknown } = await migrationState(source);
    const rulesByDomainName = missing.length > 0 ? null : await countRulesByDomainName(source);
    return { ...server, missing, unknown, rulesByDomainName };
  } finally {
    await source.destroy();
  }
}

async function countRulesByDomainName(source: DataSource): Promise<number> {
  const rows = await query<{ count: number }>(
    source,
    `SELECT count(*)::int AS count FROM rule
      WHERE jsonb_path_exists(accepted, '$.destinations[*].domainNames[*]')`,
  );
  return rows[0]?.count ?? 0;
}
