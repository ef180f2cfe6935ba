import { createLogger } from '#platform/logger';
import { readSettings } from '#platform/settings';
import { migrateEverything } from './migration.js';

/** `npm run migrate`: brings the database of DATABASE_URL up to this version. Exit code 3 when it cannot be reached. */
try {
  const settings = readSettings('migrate');
  const logger = createLogger({ app: 'migrate', level: settings.log.level });
  try {
    const migrations = await migrateEverything(settings, logger);
    logger.info({ migrations }, migrations.length === 0 ? 'the database is up to date' : 'the database is migrated');
  } catch (error) {
    logger.error({ error }, 'the database could not be migrated');
    process.exitCode = 3;
  }
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
