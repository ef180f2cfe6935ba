import { databaseHealth } from '#project/adapters/data-source';
import { Projector } from '#project/adapters/projector';
import { createStreamBackend } from '#stream/adapters/bullmq-backend';
import { type BeforeApplicationShutdown, Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import { type DataSource } from 'typeorm';
import { changeHandler } from './change-handler.js';
import { DeviceHints } from './device-hints.js';
import { PROJECTOR_OPTIONS, type ProjectorAppOptions } from './projector-options.js';
import { projectorMetrics } from './projector-metrics.js';
import { observeProjection } from './projection-observer.js';

/** Projects from the moment the application is up until it shuts down. */
@Injectable()
export class ProjectorService implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly closers: (() => Promise<void> | void)[] = [];

  constructor(
    @Inject(PROJECTOR_OPTIONS) private readonly options: ProjectorAppOptions,
    @Inject(getDataSourceToken()) private readonly source: DataSource,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    try {
      await this.start();
    } catch (error) {
      await this.beforeApplicationShutdown();
      throw error;
    }
  }

  async beforeApplicationShutdown(): Promise<void> {
    for (const close of this.closers.splice(0).reverse()) await close();
  }

  private async start(): Promise<void> {
    const { settings, cluster, logger, clock, metrics, health } = this.options;
    const { source } = this;
    const controllerNamespace = settings.configuration.namespace;
    const projector = new Projector({ source, clock, cluster, controllerNamespace });
    const renewed = await projector.renewJudgement();
    logger.info({ cluster, renewed }, 'projecting');

    const stream = createStreamBackend({ settings: settings.stream, logger, metrics, clock });
    this.closers.push(() => stream.close());
    const hints = new DeviceHints((device) => stream.hints.hint(device), logger);
    this.closers.push(() => hints.idle());
    if (renewed.outcome === 'done' && renewed.dirty !== null) hints.send(renewed.dirty);

    const observed = projectorMetrics(metrics);
    const observer = observeProjection({ source, metrics: observed, clock, logger });
    this.closers.push(() => observer.close());
    health.register('database', () => databaseHealth(source));
    health.register('stream', () => stream.health());
    const handler = changeHandler({ projector, hints, metrics: observed, clock, logger });
    const consumer = await stream.changes.consume(cluster, handler);
    this.closers.push(() => consumer.close());
  }
}
