import { createLogger } from '#platform/logger';
import { readSettings } from '#platform/settings';
import { dataSource } from '#project/adapters/data-source';
import { rebuildProjections } from '#project/adapters/rebuild';

/**
 * `npm run rebuild`: drops the projections in the database of DATABASE_URL and folds the event log into new ones, while
 * everything else may go on. Exit code 3 when the database cannot be reached, or is not migrated.
 */
try {
  const settings = readSettings('migrate');
  const logger = createLogger({ app: 'rebuild', level: settings.log.level });
  try {
    const source = await dataSource(settings.database.url.reveal(), { poolSize: 2 });
    try {
      logger.info({ batches: await rebuildProjections(source) }, 'the projections are rebuilt');
    } finally {
      await source.destroy();
    }
  } catch (error) {
    logger.error({ error }, 'the projections could not be rebuilt; they are as they were');
    process.exitCode = 3;
  }
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
