import { startApi } from '#apps/api/src/api';
import { migrateEverything } from '#apps/projector/src/migration';
import { startProjector } from '#apps/projector/src/projector';
import { startWatcher } from '#apps/watcher/src/watcher';
import { startWorker } from '#apps/worker/src/worker';
import { systemClock } from '#platform/clock';
import { createHealth } from '#platform/health';
import { type Logger } from '#platform/logger';
import { createMetrics } from '#platform/metrics';
import { type AppContext, type RunningApp } from '#platform/run-process';
import { type Settings } from '#platform/settings';

/** The settings of each part, as separate processes would read them. */
export type SystemSettings = Pick<Settings, 'watcher' | 'projector' | 'worker' | 'api'>;

export interface System {
  /** `http://127.0.0.1:PORT` */
  readonly apiUrl: string;
  stop(): Promise<void>;
}

/**
 * Migrates the database and starts watcher, projector, worker and API in this process. They meet where separate processes
 * would: on the stream, in the database, over HTTP and TLS.
 */
export async function startSystem(settings: SystemSettings, logger: Logger): Promise<System> {
  await migrateEverything(settings.projector, logger);
  const running: RunningApp[] = [];
  const stop = async () => {
    for (const app of running.splice(0).reverse()) await app.close();
  };
  const contextFor = <Name extends keyof SystemSettings>(app: Name): AppContext<SystemSettings[Name]> => ({
    settings: settings[app],
    logger: logger.child({ part: app }),
    metrics: createMetrics({ app }),
    health: createHealth(),
    clock: systemClock,
  });
  try {
    // Downstream first: whoever is spoken to is there when the first word comes.
    const api = await startApi(contextFor('api'));
    running.push(api);
    running.push(await startWorker(contextFor('worker')));
    running.push(await startProjector(contextFor('projector')));
    running.push(await startWatcher(contextFor('watcher')));
    return { apiUrl: api.url, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
