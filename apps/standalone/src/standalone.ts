import { startEmbeddedPostgres } from '#platform/embedded-postgres';
import { type Logger } from '#platform/logger';
import { startOperationsServer } from '#platform/operations-server';
import { type AppContext, type RunningApp } from '#platform/run-process';
import { Secret } from '#platform/secret';
import { defaultPorts, type Settings } from '#platform/settings';
import { type DatabaseSettings, type HttpSettings, type StreamSettings } from '#platform/settings-sections';
import { Resources } from './resources.js';
import { daemons, type Part, startSystem, type SystemSettings } from './system.js';

export interface RunningStandalone extends RunningApp {
  /** Of the API: `http://127.0.0.1:PORT` */
  readonly url: string;
  /** Where each part answers for its health and metrics. */
  readonly urls: ReadonlyMap<Part, string>;
}

/**
 * A whole installation in this process, for a small cluster or a trial: watcher, projector, worker and API against a
 * real cluster and a real BIG-IP, on a PostgreSQL of its own whose data are kept. Each part answers for its health and
 * metrics where it would as a process of its own; the API's `/readyz` speaks for all.
 * @throws what the parts throw when they cannot start; Error when the data directory is in use by another one.
 */
export async function startStandalone(context: AppContext<Settings['standalone']>): Promise<RunningStandalone> {
  const { settings, logger } = context;
  const resources = new Resources();
  try {
    const database = await resources.keep(startDatabase(settings.database, logger), (started) => started.stop());
    const system = await resources.keep(
      startSystem(settingsOfParts(settings, { url: database.url }), logger),
      (started) => started.stop(),
    );
    const urls = new Map<Part, string>([['api', system.apiUrl]]);
    for (const part of daemons) {
      const { health, metrics } = system.contexts[part];
      const http = httpOf(part, settings);
      const server = await resources.keep(startOperationsServer({ http, health, metrics }), (started) =>
        started.close(),
      );
      urls.set(part, server.url);
    }
    return { url: system.apiUrl, urls, close: () => resources.release() };
  } catch (error) {
    await resources.release();
    throw error;
  }
}

interface Database {
  readonly url: Secret;
  stop(): Promise<void>;
}

async function startDatabase(settings: Settings['standalone']['database'], logger: Logger): Promise<Database> {
  if ('url' in settings) return { url: settings.url, stop: () => Promise.resolve() };
  const { directory } = settings;
  logger.info({ directory }, 'starting PostgreSQL');
  const postgres = await startEmbeddedPostgres({ directory, logger });
  return { url: new Secret(postgres.url), stop: () => postgres.stop() };
}

/** What each part would have read from its environment, had it been a process of its own. */
function settingsOfParts(settings: Settings['standalone'], database: DatabaseSettings): SystemSettings {
  const { log, redis, streamPrefix: prefix, kubernetes, bigip, configuration } = settings;
  const stream: StreamSettings =
    redis === undefined
      ? { backend: 'postgres', prefix, url: database.url }
      : { backend: 'redis', prefix, url: redis.url };
  const common = { log, database, stream, configuration };
  return {
    watcher: { ...common, http: httpOf('watcher', settings), kubernetes },
    projector: { ...common, http: httpOf('projector', settings) },
    worker: { ...common, http: httpOf('worker', settings), bigip },
    api: { ...common, http: settings.http },
  };
}

function httpOf(part: (typeof daemons)[number], { http }: Settings['standalone']): HttpSettings {
  return http.port === 0 ? http : { ...http, port: defaultPorts[part] };
}
