import { type Settings } from '#platform/settings';
import { nestLogger } from '#platform/logger';
import { type AppContext, type RunningApp } from '#platform/run-process';
import { parseConfiguration } from '#core/configuration-parser';
import { SettingsError } from '#platform/settings-error';
import { NestFactory } from '@nestjs/core';
import { readFile } from 'node:fs/promises';
import { WorkerModule } from './worker.module.js';

/**
 * Starts the worker for the device that ces-conf.yaml names.
 * @throws DatabaseNotMigrated, SettingsError, or what the network says when the database cannot be reached.
 */
export async function startWorker(context: AppContext<Settings['worker']>): Promise<RunningApp> {
  const { file } = context.settings.configuration;
  const { configuration, problems } = parseConfiguration(await readFile(file, 'utf8'));
  if (configuration === null) {
    const first = problems.find(({ severity }) => severity === 'error');
    throw new SettingsError(
      'CES_CONFIG',
      `is not valid: ${first?.key ?? ''} (line ${String(first?.line)}) ${first?.message ?? ''}`,
      'See `ces validate`.',
    );
  }
  const options = { ...context, deviceName: configuration.deviceName };
  const app = await NestFactory.createApplicationContext(WorkerModule.forRoot(options), {
    logger: nestLogger(context.logger),
    abortOnError: false,
  });
  return { close: () => app.close() };
}
