import { dataSource } from '#project/adapters/data-source';
import { emptyTables } from '#testing/project/empty-tables';
import { createTestDatabase } from '#testing/test-database';
import { play, type Played } from './played-history.js';
import { type History } from './steps.js';

/** One database for all histories of a spec file, emptied before each. */
export interface HistoriesDatabase {
  /** Not before the one before it has come to its end, even if nobody waits for that one any more. @throws PromiseBroken */
  play(history: History, signal: AbortSignal, ending: 'long' | 'short'): Promise<Played>;
  drop(): Promise<void>;
}

export async function createHistoriesDatabase(): Promise<HistoriesDatabase> {
  const database = await createTestDatabase({ migrated: true });
  // What a crash of the server would lose is made anew with the next history.
  const first = await dataSource(database.url);
  await first.query(`ALTER DATABASE ${first.driver.database ?? ''} SET synchronous_commit = off`);
  await first.destroy();
  const source = await dataSource(database.url);
  let last: Promise<unknown> = Promise.resolve();
  return {
    play(history, signal, ending) {
      const played = last.then(async () => {
        signal.throwIfAborted();
        await emptyTables(source);
        return play(history, { source, url: database.url }, signal, ending);
      });
      last = played.catch(() => undefined);
      return played;
    },
    async drop() {
      await source.destroy();
      await database.drop();
    },
  };
}
