import { requireConfiguration } from '#core/configuration-parser';
import { nestLogger } from '#platform/logger';
import { type AppContext, type RunningApp } from '#platform/run-process';
import { type Settings } from '#platform/settings';
import { NestFactory } from '@nestjs/core';
import { readFile } from 'node:fs/promises';
import { WorkerModule } from './worker.module.js';

/**
 * Starts the worker for the device that ces-conf.yaml names.
 * @throws InvalidConfiguration, DatabaseNotMigrated, or what the network says when the database cannot be reached.
 */
export async function startWorker(context: AppContext<Settings['worker']>): Promise<RunningApp> {
  const { deviceName } = requireConfiguration(await readFile(context.settings.configuration.file, 'utf8'));
  const app = await NestFactory.createApplicationContext(WorkerModule.forRoot({ ...context, deviceName }), {
    logger: nestLogger(context.logger),
    abortOnError: false,
  });
  return { close: () => app.close() };
}
