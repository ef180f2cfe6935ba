import { Initial1795000000000 } from '#migrations/1795000000000-initial';
import { PendingSince1795200000000 } from '#migrations/1795200000000-pending-since';
import { Replay1795400000000 } from '#migrations/1795400000000-replay';
import { Quarantine1795500000000 } from '#migrations/1795500000000-quarantine';
import { TakenParts1796100000000 } from '#migrations/1796100000000-taken-parts';
import { Drift1796250000000 } from '#migrations/1796250000000-drift';
import { Lookups1796300000000 } from '#migrations/1796300000000-lookups';
import { MovingRules1796310000000 } from '#migrations/1796310000000-moving-rules';
import { Pins1796360000000 } from '#migrations/1796360000000-pins';
import { Takeover1796400000000 } from '#migrations/1796400000000-takeover';
import { Removal1796500000000 } from '#migrations/1796500000000-removal';
import { ThinDeclarations1796600000000 } from '#migrations/1796600000000-thin-declarations';
import { type HealthState } from '#platform/health';
import { type Socket } from 'node:net';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { ApplyAttemptEntity } from './entities/apply-attempt.entity.js';
import { AuditEntryEntity } from './entities/audit-entry.entity.js';
import { CheckpointEntity } from './entities/checkpoint.entity.js';
import { ClusterEntity } from './entities/cluster.entity.js';
import { ClusterObjectEntity } from './entities/cluster-object.entity.js';
import { DeclaredRuleEntity } from './entities/declared-rule.entity.js';
import { DeclarationEntity } from './entities/declaration.entity.js';
import { DeviceLeaseEntity } from './entities/device-lease.entity.js';
import { EgressGrantEntity } from './entities/egress-grant.entity.js';
import { EventEntity } from './entities/event.entity.js';
import { GrantHoldEntity } from './entities/grant-hold.entity.js';
import { PinnedGrantEntity } from './entities/pinned-grant.entity.js';
import { PinnedRuleEntity } from './entities/pinned-rule.entity.js';
import { QuarantineEntity } from './entities/quarantine.entity.js';
import { RuleStatusEntity } from './entities/rule-status.entity.js';
import { RuleEntity } from './entities/rule.entity.js';
import { SnapshotChunkEntity } from './entities/snapshot-chunk.entity.js';
import { TakeoverEntity } from './entities/takeover.entity.js';
import { TenantDriftEntity } from './entities/tenant-drift.entity.js';
import { TenantPinEntity } from './entities/tenant-pin.entity.js';
import { TenantRemovalEntity } from './entities/tenant-removal.entity.js';
import { TenantStateEntity } from './entities/tenant-state.entity.js';
import { query } from './sql.js';

/** The database lacks tables that this version needs. */
export class DatabaseNotMigrated extends Error {
  override readonly name = 'DatabaseNotMigrated';

  constructor() {
    super('the database is not migrated to this version; run `npm run migrate` first');
  }
}

export interface ConnectionOptions {
  /** How many connections there are at most; 10. */
  readonly poolSize?: number;
  /**
   * Milliseconds for which a server may be silent while it is asked; 60,000. What was asked fails then: the network may
   * have vanished without a word, and the kernel would wait for a quarter of an hour. Null for statements that take long.
   */
  readonly patience?: number | null;
}

/** How every app reaches the database: the entities, the migrations, nothing done at connecting. */
export function dataSourceOptions(url: string, options: ConnectionOptions = {}): DataSourceOptions {
  const { poolSize = 10, patience = 60_000 } = options;
  return {
    type: 'postgres',
    url,
    applicationName: 'ces',
    poolSize,
    entities: [
      ApplyAttemptEntity,
      AuditEntryEntity,
      CheckpointEntity,
      ClusterEntity,
      ClusterObjectEntity,
      DeclarationEntity,
      DeclaredRuleEntity,
      DeviceLeaseEntity,
      EgressGrantEntity,
      EventEntity,
      GrantHoldEntity,
      PinnedGrantEntity,
      PinnedRuleEntity,
      QuarantineEntity,
      RuleEntity,
      RuleStatusEntity,
      SnapshotChunkEntity,
      TakeoverEntity,
      TenantDriftEntity,
      TenantPinEntity,
      TenantRemovalEntity,
      TenantStateEntity,
    ],
    migrations: [
      Initial1795000000000,
      PendingSince1795200000000,
      Replay1795400000000,
      Quarantine1795500000000,
      TakenParts1796100000000,
      Drift1796250000000,
      Lookups1796300000000,
      MovingRules1796310000000,
      Pins1796360000000,
      Takeover1796400000000,
      Removal1796500000000,
      ThinDeclarations1796600000000,
    ],
    migrationsTableName: migrationTable,
    migrationsRun: false,
    synchronize: false,
    logging: false,
    connectTimeoutMS: 10_000,
    extra: {
      // A network that vanished must not hold a caller for ever,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      ...(patience === null
        ? {}
        : {
            onConnect: (client: Connected) => {
              giveUpAfter(client, patience);
            },
          }),
      // nor a process that stands still hold all others with the lock on the log, or on its lease for longer than that lasts.
      idle_in_transaction_session_timeout: 10_000,
    },
  };
}

/**
 * A data source that is connected to a migrated database; the caller destroys it.
 * @throws DatabaseNotMigrated, or what pg throws when the database cannot be reached.
 */
export async function dataSource(url: string, options: ConnectionOptions = {}): Promise<DataSource> {
  const source = await new DataSource(dataSourceOptions(url, options)).initialize();
  try {
    await assertMigrated(source);
    return source;
  } catch (error) {
    await source.destroy();
    throw error;
  }
}

/** Of an app that can do nothing without it. @throws what pg throws when it does not answer, which counts as not ready. */
export async function databaseHealth(source: DataSource): Promise<HealthState> {
  await query(source, 'SELECT 1');
  return { state: 'ready' };
}

/** @throws DatabaseNotMigrated when a migration has not been run. */
async function assertMigrated(source: DataSource): Promise<void> {
  const { missing } = await migrationState(source);
  if (missing.length > 0) throw new DatabaseNotMigrated();
}

/** The migrations that a database lacks, and those that this version does not know: it was migrated by a newer one. */
export async function migrationState(
  source: DataSource,
): Promise<{ readonly missing: readonly string[]; readonly unknown: readonly string[] }> {
  const present = await query<{ table: string | null }>(source, 'SELECT to_regclass($1)::text AS table', [
    migrationTable,
  ]);
  const done =
    present[0]?.table == null ? [] : await query<{ name: string }>(source, `SELECT name FROM ${migrationTable}`);
  const run = new Set(done.map(({ name }) => name));
  const known = source.migrations.flatMap(({ name }) => name ?? []);
  return {
    missing: known.filter((name) => !run.has(name)),
    unknown: [...run].filter((name) => !known.includes(name)),
  };
}

/** Brings a database up to this version, and gives the names of the migrations that were run. Can be repeated and run by several processes at once. */
export async function migrate(url: string): Promise<readonly string[]> {
  const source = await new DataSource(dataSourceOptions(url, { poolSize: 2, patience: null })).initialize();
  const runner = source.createQueryRunner();
  try {
    await runner.query('SELECT pg_advisory_lock($1)', [migrationLock]);
    const migrations = await source.runMigrations({ transaction: 'each' });
    await runner.query('SELECT pg_advisory_unlock($1)', [migrationLock]);
    return migrations.map((migration) => migration.name);
  } finally {
    await runner.release();
    await source.destroy();
  }
}

/** A client of the package pg, whose connection its types leave out. */
interface Connected {
  readonly connection: { readonly stream: Socket };
}

function giveUpAfter({ connection: { stream } }: Connected, patience: number): void {
  stream.setTimeout(patience, () => {
    stream.destroy(new Error(`the database has said nothing for ${patience / 1_000} s`));
  });
}

const migrationTable = 'migration';

/** Any number that no other advisory lock of ours uses; see `sql.ts`. */
const migrationLock = 4_357_001;
