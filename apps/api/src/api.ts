import { type HealthState } from '#platform/health';
import { type AppContext, type RunningApp } from '#platform/run-process';
import { type Settings } from '#platform/settings';
import { databaseHealth, dataSource as connect } from '#project/adapters/data-source';
import { PostgresCommands } from '#project/adapters/postgres-commands';
import { PostgresEventFeed } from '#project/adapters/postgres-event-feed';
import { PostgresHistory } from '#project/adapters/postgres-history';
import { PostgresQueries } from '#project/adapters/postgres-queries';
import { createStreamBackend } from '#stream/adapters/bullmq-backend';
import { type StreamBackend } from '#stream/ports/stream-backend';
import { readDeviceName } from './device-name.js';
import { serve, type ServerOptions } from './http-server.js';

export interface RunningApi extends RunningApp {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
}

/** Milliseconds that whoever is being answered has left when the API stops; who only holds a connection gets no more. */
const closingGrace = 3_000;

/**
 * Connects to the database and serves the API.
 * @throws SettingsError when ces-conf.yaml cannot be used; DatabaseNotMigrated; what pg throws when the database cannot be
 * reached; what Node throws when the port is taken.
 */
export async function startApi(
  context: AppContext<Settings['api']>,
  { answerTimeout = 20_000 }: Partial<Pick<ServerOptions, 'answerTimeout'>> = {},
): Promise<RunningApi> {
  const { settings, logger, metrics, health, clock } = context;
  const deviceName = await readDeviceName(settings.configuration.file);
  const database = await connect(settings.database.url.reveal());
  const stream = createStreamBackend({ settings: settings.stream, logger, metrics, clock });
  const disconnect = async () => {
    await stream.close();
    await database.destroy();
  };
  try {
    health.register('database', () => databaseHealth(database));
    health.register('stream', () => streamHealth(stream));
    const application = await serve(
      {
        deviceName,
        queries: new PostgresQueries(database),
        history: new PostgresHistory(database, clock),
        feed: new PostgresEventFeed(database, clock),
        commands: new PostgresCommands(database, clock),
        hint: (device) => stream.hints.hint(device),
        clock,
        logger,
        metrics,
        health,
      },
      { http: settings.http, answerTimeout },
    );
    const { port } = new URL(await application.getUrl());
    return {
      url: `http://127.0.0.1:${port}`,
      async close() {
        const { server } = application.getHttpAdapter().getInstance();
        const cut = setTimeout(() => {
          server.closeAllConnections();
        }, closingGrace);
        await application.close();
        clearTimeout(cut);
        await disconnect();
      },
    };
  } catch (error) {
    await disconnect();
    throw error;
  }
}

/** Without the stream, everything can still be read, and commands take effect with the worker's next sweep. */
async function streamHealth(stream: StreamBackend): Promise<HealthState> {
  const state = await stream.health();
  return state.state === 'not-ready' ? { ...state, state: 'degraded' } : state;
}
