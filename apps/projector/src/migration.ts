import { type Logger } from '#platform/logger';
import { createMetrics } from '#platform/metrics';
import { type Settings } from '#platform/settings';
import { migrate } from '#project/adapters/data-source';
import { createStreamBackend } from '#stream/adapters/bullmq-backend';

/**
 * Brings the database up to this version: our tables, and the stream's where it runs in PostgreSQL. Can be repeated, and
 * run by several processes at once. Gives the names of the migrations that were run.
 * @throws what the database says when it cannot be reached, or refuses.
 */
export async function migrateEverything(settings: Settings['migrate'], logger: Logger): Promise<readonly string[]> {
  const migrations = await migrate(settings.database.url.reveal());
  const stream = createStreamBackend({ settings: settings.stream, logger, metrics: createMetrics({ app: 'migrate' }) });
  try {
    await stream.prepare();
  } finally {
    await stream.close();
  }
  return migrations;
}
