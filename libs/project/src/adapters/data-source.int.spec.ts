import { startTcpProxy } from '#testing/tcp-proxy';
import { createTestDatabase, type TestDatabase } from '#testing/test-database';
import { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DatabaseNotMigrated, dataSource, dataSourceOptions, migrate } from './data-source.js';
import { query } from './sql.js';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});

afterAll(() => database.drop());

describe('a database', () => {
  it('that is not migrated is refused, with the remedy, and left as it is', async () => {
    await expect(dataSource(database.url)).rejects.toThrow(DatabaseNotMigrated);
    await expect(dataSource(database.url)).rejects.toThrow('npm run migrate');
    const source = await new DataSource(dataSourceOptions(database.url)).initialize();
    expect(await tables(source)).toEqual([]);
    await source.destroy();
  });

  it('is migrated once, however many processes do it', async () => {
    const runs = await Promise.all([migrate(database.url), migrate(database.url)]);
    expect(runs.flat()).toEqual([
      'Initial1795000000000',
      'PendingSince1795200000000',
      'Replay1795400000000',
      'Quarantine1795500000000',
      'TakenParts1796100000000',
      'Drift1796250000000',
      'Lookups1796300000000',
      'MovingRules1796310000000',
      'Pins1796360000000',
      'Takeover1796400000000',
      'Removal1796500000000',
      'ThinDeclarations1796600000000',
    ]);
    expect(await migrate(database.url)).toEqual([]);
  });

  it('has the tables that the entities describe', async () => {
    const source = await dataSource(database.url);
    const { upQueries } = await source.driver.createSchemaBuilder().log();
    await source.destroy();
    expect(upQueries.map((difference) => difference.query)).toEqual([]);
  });

  it('that the network swallows is given up, and asked again on a new connection once it is back', async () => {
    const network = await startTcpProxy(database.url);
    const source = await dataSource(network.url, { patience: 300 });
    try {
      network.freeze();
      await expect(query(source, 'SELECT 1')).rejects.toThrow('has said nothing for 0.3 s');
      await network.restore();
      expect(await query(source, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    } finally {
      await source.destroy();
      await network.close();
    }
  });

  it('goes back to where it was', async () => {
    const source = await dataSource(database.url);
    for (let left = source.migrations.length; left > 0; left -= 1) {
      await source.undoLastMigration({ transaction: 'each' });
    }
    expect(await tables(source)).toEqual([{ name: 'migration' }]);
    await source.destroy();
    await migrate(database.url);
    await (await dataSource(database.url)).destroy();
  });
});

async function tables(source: DataSource): Promise<unknown> {
  return query(
    source,
    `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY table_name`,
  );
}
