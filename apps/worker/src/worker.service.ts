import { connectDevice } from '#apply/adapters/connect-device';
import { ApplyRunner, defaultRunnerOptions } from '#apply/apply-runner';
import { type HealthState } from '#platform/health';
import { databaseHealth, dataSource as connect } from '#project/adapters/data-source';
import { PostgresApplyLog } from '#project/adapters/postgres-apply-log';
import { PostgresRemovalLog } from '#project/adapters/postgres-removal-log';
import { PostgresDeclarationRetention } from '#project/adapters/postgres-declaration-retention';
import { PostgresDriftLog } from '#project/adapters/postgres-drift-log';
import { PostgresDesiredState } from '#project/adapters/postgres-desired-state';
import { createStreamBackend } from '#stream/adapters/bullmq-backend';
import { type BeforeApplicationShutdown, Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { keepThinning, thinningMetrics } from './thinning.js';
import { workerMetrics } from './worker-metrics.js';
import { WORKER_OPTIONS, type WorkerOptions } from './worker-options.js';

/** Runs the worker from the moment the application is up until it shuts down: then the lease is given back. */
@Injectable()
export class WorkerService implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly stopping = new AbortController();
  private readonly closers: (() => Promise<void> | void)[] = [];
  private running: Promise<unknown> = Promise.resolve();

  constructor(@Inject(WORKER_OPTIONS) private readonly options: WorkerOptions) {}

  async onApplicationBootstrap(): Promise<void> {
    const { settings, deviceName, logger, clock, metrics, health } = this.options;
    const dataSource = await connect(settings.database.url.reveal());
    this.closers.push(() => dataSource.destroy());
    const connection = await connectDevice(settings.bigip, clock);
    this.closers.push(() => {
      connection.close();
    });
    const { device } = connection;

    const log = new PostgresApplyLog(dataSource, clock);
    const state = new PostgresDesiredState(dataSource, clock);
    const stream = createStreamBackend({ settings: settings.stream, logger, metrics, clock });
    this.closers.push(() => stream.close());
    health.register('database', () => databaseHealth(dataSource));
    health.register('stream', () => stream.health());
    const runner = new ApplyRunner(
      {
        device,
        state,
        log,
        drifts: new PostgresDriftLog(dataSource, clock),
        removals: new PostgresRemovalLog(dataSource, clock),
        syncGroup: settings.bigip.syncGroup ?? null,
        clock,
        logger,
        observer: workerMetrics(metrics, clock),
      },
      {
        ...defaultRunnerOptions,
        ...this.options.runner,
        device: deviceName,
        holder: `${hostname()}/${randomUUID()}`,
        listen: (wake) =>
          stream.hints.consumeHints((hinted) => {
            if (hinted === deviceName) wake();
            return Promise.resolve();
          }),
      },
    );
    health.register('device', () => deviceHealth(runner));
    const thinning = {
      device: deviceName,
      retention: new PostgresDeclarationRetention(dataSource, clock),
      isHolder: () => runner.state.role === 'holder',
      ...{ clock, logger, metrics: thinningMetrics(metrics) },
    };
    const { signal } = this.stopping;
    this.running = Promise.all([runner.run(signal), keepThinning(thinning, signal)]);
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort(new Error('the worker is stopping'));
    await this.running;
    for (const close of this.closers.reverse()) await close();
  }
}

/** A device that is away makes the worker degraded, not unready: restarting it would help nobody. */
function deviceHealth(runner: ApplyRunner): HealthState {
  const { state } = runner;
  if (state.role === 'standby' || state.breaker.state === 'closed') return { state: 'ready' };
  return { state: 'degraded', reason: `${state.breaker.reason} (since ${state.breaker.since.toISOString()})` };
}
