import { type Clock, systemClock } from './clock.js';
import { createHealth, type Health } from './health.js';
import { createLogger, type Logger } from './logger.js';
import { createMetrics, type Metrics } from './metrics.js';
import { startOperationsServer } from './operations-server.js';
import { type App, readSettings, type Settings } from './settings.js';
import { SettingsError } from './settings-error.js';
import { type Lifetime, runUntilSignal } from './shutdown.js';

/** What every app is given; standalone gives it to several. */
export interface AppContext<AppSettings> {
  readonly settings: AppSettings;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly health: Health;
  readonly clock: Clock;
}

/** An app that has started. */
export interface RunningApp {
  /** Stops it cleanly; resolves when nothing of it is left. */
  close(): Promise<void>;
}

type Start<Name extends App, Running extends RunningApp> = (context: AppContext<Settings[Name]>) => Promise<Running>;

/**
 * Runs one of the daemons as this process: settings, logs, health and metrics on its port, until SIGTERM or SIGINT.
 * Exit codes: 0 after a clean stop, 1 when something failed, 2 when a setting is missing or wrong.
 */
export async function runProcess<Name extends 'watcher' | 'projector' | 'worker'>(
  app: Name,
  start: Start<Name, RunningApp>,
): Promise<void> {
  await run(app, async (context, lifetime) => {
    const { settings, health, metrics } = context;
    // First, so that probes are answered while the rest of the app still waits for its services.
    const operations = await startOperationsServer({ http: settings.http, health, metrics });
    lifetime.onStop('operations server', () => operations.close());
    const running = await start(context);
    lifetime.onStop(app, () => running.close());
    context.logger.info({ port: operations.port }, 'started');
  });
}

/** Runs an app that answers on its port itself, health and metrics included, as `runProcess` runs the others. */
export async function runServer<Name extends 'api' | 'standalone'>(
  app: Name,
  start: Start<Name, RunningApp & { readonly url: string }>,
): Promise<void> {
  await run(app, async (context, lifetime) => {
    const running = await start(context);
    lifetime.onStop(app, () => running.close());
    context.logger.info({ url: running.url }, 'started');
  });
}

async function run<Name extends 'watcher' | 'projector' | 'worker' | 'api' | 'standalone'>(
  app: Name,
  start: (context: AppContext<Settings[Name]>, lifetime: Lifetime) => Promise<void>,
): Promise<void> {
  const settings = settingsOrNull(app);
  if (settings === null) return;
  const logger = createLogger({ app, level: settings.log.level });
  const context = { settings, logger, metrics: createMetrics({ app }), health: createHealth(), clock: systemClock };
  await runUntilSignal({ logger, start: (lifetime) => start(context, lifetime) });
}

function settingsOrNull<Name extends App>(app: Name): Settings[Name] | null {
  try {
    return readSettings(app);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    process.stderr.write(`${app}: ${error.message}\n`);
    process.exitCode = 2;
    return null;
  }
}
