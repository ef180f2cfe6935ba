import { type DataSource } from 'typeorm';

/** Empties a migrated database, which is quicker than to make another one. */
export async function emptyTables(source: DataSource): Promise<void> {
  const tables = source.entityMetadatas.map(({ tableName }) => tableName);
  await source.transaction(async (transaction) => {
    // The event log takes no deletions from anybody else.
    await transaction.query('SET LOCAL session_replication_role = replica');
    await transaction.query(`TRUNCATE ${tables.join(', ')}`);
  });
}
