import { startApi } from '#apps/api/src/api';
import { migrateEverything } from '#apps/projector/src/migration';
import { startProjector } from '#apps/projector/src/projector';
import { startWatcher } from '#apps/watcher/src/watcher';
import { startWorker } from '#apps/worker/src/worker';
import { systemClock } from '#platform/clock';
import { createHealth, type Health, type HealthState } from '#platform/health';
import { type Logger } from '#platform/logger';
import { createMetrics } from '#platform/metrics';
import { type AppContext, type RunningApp } from '#platform/run-process';
import { type Settings } from '#platform/settings';
import { Resources } from './resources.js';

/** The parts that answer for health and metrics on a port that somebody else opens. */
export const daemons = ['watcher', 'projector', 'worker'] as const;

export type Part = (typeof daemons)[number] | 'api';

/** The settings of each part, as separate processes would read them. */
export type SystemSettings = Pick<Settings, Part>;

type Contexts = { readonly [Name in Part]: AppContext<Settings[Name]> };

export interface System {
  /** `http://127.0.0.1:PORT` */
  readonly apiUrl: string;
  /** Each part's own health and metrics. The API is ready when all parts are. */
  readonly contexts: Contexts;
  stop(): Promise<void>;
}

/**
 * Migrates the database and starts watcher, projector, worker and API in this process. They meet where separate processes
 * would: on the stream, in the database, over HTTP and TLS.
 */
export async function startSystem(settings: SystemSettings, logger: Logger): Promise<System> {
  await migrateEverything(settings.projector, logger);
  const contexts = contextsFor(settings, logger);
  const resources = new Resources();
  const keep = <App extends RunningApp>(starting: Promise<App>) => resources.keep(starting, (app) => app.close());
  const stop = () => resources.release();
  try {
    // Downstream first: whoever is spoken to is there when the first word comes.
    const api = await keep(startApi(contexts.api));
    await keep(startWorker(contexts.worker));
    await keep(startProjector(contexts.projector));
    await keep(startWatcher(contexts.watcher));
    for (const part of daemons) contexts.api.health.register(part, () => summaryOf(contexts[part].health));
    return { apiUrl: api.url, contexts, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function contextsFor(settings: SystemSettings, logger: Logger): Contexts {
  const contextFor = <Name extends Part>(app: Name): AppContext<SystemSettings[Name]> => ({
    settings: settings[app],
    logger: logger.child({ part: app }),
    metrics: createMetrics({ app }),
    health: createHealth(),
    clock: systemClock,
  });
  return {
    watcher: contextFor('watcher'),
    projector: contextFor('projector'),
    worker: contextFor('worker'),
    api: contextFor('api'),
  };
}

/** One state for all checks of a part. */
async function summaryOf(health: Health): Promise<HealthState> {
  const { ready, checks } = await health.report();
  const reason = checks.flatMap((check) => ('reason' in check ? [`${check.name}: ${check.reason}`] : [])).join('; ');
  if (!ready) return { state: 'not-ready', reason };
  return reason === '' ? { state: 'ready' } : { state: 'degraded', reason };
}
