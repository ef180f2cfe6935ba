import { parseConfiguration } from '#core/configuration-parser';
import { nestLogger } from '#platform/logger';
import { type AppContext, type RunningApp } from '#platform/run-process';
import { type Settings } from '#platform/settings';
import { SettingsError } from '#platform/settings-error';
import { dataSource } from '#project/adapters/data-source';
import { NestFactory } from '@nestjs/core';
import { readFile } from 'node:fs/promises';
import { ProjectorModule } from './projector.module.js';

/**
 * Starts a projector of the cluster that ces-conf.yaml names. Another one may be running: it stands by then.
 * @throws SettingsError for a configuration that is not valid; DatabaseNotMigrated, or what the network says when the
 * database cannot be reached. The stream may be away, and the database later on: it waits for them.
 */
export async function startProjector(context: AppContext<Settings['projector']>): Promise<RunningApp> {
  const { settings, logger } = context;
  const cluster = await clusterIn(settings.configuration.file);
  const source = await dataSource(settings.database.url.reveal(), { poolSize });
  try {
    const app = await NestFactory.createApplicationContext(ProjectorModule.forRoot({ ...context, cluster }, source), {
      logger: nestLogger(logger),
      abortOnError: false,
    });
    return { close: () => app.close() };
  } catch (error) {
    if (source.isInitialized) await source.destroy();
    throw error;
  }
}

/** One message at a time is projected; the rest is for health and metrics. */
const poolSize = 3;

async function clusterIn(file: string): Promise<string> {
  const { configuration, problems } = parseConfiguration(await readFile(file, 'utf8'));
  if (configuration !== null) return configuration.clusterName;
  const errors = problems.filter(({ severity }) => severity === 'error');
  const places = errors.map(({ line, key, message }) => `line ${line}: ${key} ${message}`);
  throw new SettingsError('CES_CONFIG', `names a file that is not valid (${places.join('; ')})`, 'See `ces validate`.');
}
