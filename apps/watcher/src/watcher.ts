import { NestFactory } from '@nestjs/core';
import { nestLogger } from '#platform/logger';
import { type RunningApp } from '#platform/run-process';
import { type WatcherOptions } from './watcher-options.js';
import { WatcherModule } from './watcher.module.js';

/**
 * Starts a watcher of the cluster that ces-conf.yaml names.
 * @throws Error when the configuration or the kubeconfig is not valid; DatabaseNotMigrated, or what the network says when
 * the database cannot be reached. The API server and Redis may be away: it waits for them.
 */
export async function startWatcher(options: WatcherOptions): Promise<RunningApp> {
  const app = await NestFactory.createApplicationContext(WatcherModule.forRoot(options), {
    logger: nestLogger(options.logger),
    abortOnError: false,
  });
  return { close: () => app.close() };
}
