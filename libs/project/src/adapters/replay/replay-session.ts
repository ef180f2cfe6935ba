import { type DataSource, type EntityManager, type QueryRunner } from 'typeorm';
import { dataSource } from '../data-source.js';
import { projectionTables } from '../projection-tables.js';
import { query, single } from '../sql.js';

/**
 * A database session in which the names of the projection tables mean temporary ones, empty at first. Whatever the code
 * that makes and reads projections does on it, it does to those. The session is read-only, which holds for all tables but
 * temporary ones: a projection that is forgotten in the list cannot be written to by accident. When the session ends, in
 * whatever way, nothing of it is left.
 */
export class ReplaySession {
  private constructor(
    /** For what is to be read besides, from the live tables. */
    readonly source: DataSource,
    private readonly runner: QueryRunner,
    /** Where the live tables are. */
    readonly schema: string,
  ) {}

  /** @throws what `dataSource` throws, and when the user of the database may not create temporary tables. */
  static async open(url: string): Promise<ReplaySession> {
    const source = await dataSource(url, { poolSize: 2, patience: null });
    try {
      const runner = source.createQueryRunner();
      const { schema } = single(await query<{ schema: string }>(runner.manager, 'SELECT current_schema() AS schema'));
      for (const setting of settings) await query(runner.manager, `SET ${setting}`);
      for (const { name } of projectionTables) {
        await query(runner.manager, `CREATE TEMPORARY TABLE ${name} (LIKE "${schema}".${name} INCLUDING ALL)`);
      }
      await dropLookups(runner.manager);
      await query(runner.manager, 'SET default_transaction_read_only = on');
      return new ReplaySession(source, runner, schema);
    } catch (error) {
      await source.destroy();
      throw error;
    }
  }

  get manager(): EntityManager {
    return this.runner.manager;
  }

  /** Runs `work` in a transaction that may write to the live tables, whose names are the live ones' again. */
  async toLiveTables<Result>(work: (transaction: EntityManager) => Promise<Result>): Promise<Result> {
    await query(this.manager, 'SET default_transaction_read_only = off');
    try {
      return await this.manager.transaction('READ COMMITTED', async (transaction) => {
        await query(transaction, `SET LOCAL search_path = "${this.schema}", pg_temp`);
        return work(transaction);
      });
    } finally {
      await query(this.manager, 'SET default_transaction_read_only = on');
    }
  }

  async close(): Promise<void> {
    await this.runner.release();
    await this.source.destroy();
  }
}

/** Indexes that only serve questions by address cost more than all others, and nobody asks here. */
async function dropLookups(session: EntityManager): Promise<void> {
  const lookups = await query<{ name: string }>(
    session,
    `SELECT index.relname AS name FROM pg_class AS index JOIN pg_am AS method ON method.oid = index.relam
     WHERE index.relnamespace = pg_my_temp_schema() AND method.amname = 'gist'`,
  );
  for (const { name } of lookups) await query(session, `DROP INDEX pg_temp."${name}"`);
}

const settings = [
  // Temporary tables are cached by the session itself,
  `temp_buffers = '64MB'`,
  // and compared with the live ones by hashing them.
  `work_mem = '64MB'`,
  // A process that stands still must not keep the projectors out for ever.
  `idle_session_timeout = '60s'`,
];
