import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { type BeforeApplicationShutdown, Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { watchConfigurationFile } from '#platform/configuration-file';
import { type HealthState } from '#platform/health';
import { dataSource as connect } from '#project/adapters/data-source';
import { PostgresCheckpointSource } from '#project/adapters/postgres-checkpoint-source';
import { PostgresStatusFeed } from '#project/adapters/postgres-status-feed';
import { createStreamBackend } from '#stream/adapters/bullmq-backend';
import { ConfigurationFeed } from '#watch/adapters/configuration-publisher';
import { leaseNamespace, loadKubeConfig } from '#watch/adapters/kube-config';
import { KubernetesClient } from '#watch/adapters/kubernetes-client';
import { LeaderElection } from '#watch/adapters/leader-election';
import { createWatchMetrics, type WatchMetrics } from '#watch/adapters/watch-metrics';
import { watcherLease } from '#watch/domain/watcher-rights';
import { readClusterConfiguration } from './cluster-configuration.js';
import { Leadership } from './leadership.js';
import { WATCHER_OPTIONS, type WatcherOptions } from './watcher-options.js';

/** Runs the watcher from the moment the application is up until it shuts down: then the lease is given up. */
@Injectable()
export class WatcherService implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly stopping = new AbortController();
  private readonly closers: (() => Promise<void> | void)[] = [];
  private running: Promise<void> = Promise.resolve();

  constructor(@Inject(WATCHER_OPTIONS) private readonly options: WatcherOptions) {}

  async onApplicationBootstrap(): Promise<void> {
    try {
      await this.start();
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort(new Error('The watcher is stopping.'));
    await this.running;
    await this.close();
  }

  private async start(): Promise<void> {
    const { settings, logger, clock, metrics, health, tuning = {} } = this.options;
    const watchMetrics = createWatchMetrics(metrics);
    const { cluster, configuration } = await this.followConfiguration(watchMetrics);
    const dataSource = await connect(settings.database.url.reveal(), { poolSize: 3 });
    this.closers.push(() => dataSource.destroy());
    const stream = createStreamBackend({ settings: settings.stream, logger, metrics, clock });
    this.closers.push(() => stream.close());
    health.register('stream', () => stream.health());
    const kubeConfig = loadKubeConfig(settings.kubernetes);
    const client = new KubernetesClient(kubeConfig);
    this.closers.push(() => {
      client.close();
    });

    const leadership = new Leadership({
      watch: {
        cluster,
        client,
        sink: stream.changes.publisher(cluster),
        checkpoints: new PostgresCheckpointSource(dataSource),
        configuration,
        clock,
        logger,
        metrics: watchMetrics,
        ...(tuning.watch === undefined ? {} : { tuning: tuning.watch }),
      },
      status: {
        cluster,
        client,
        feed: new PostgresStatusFeed(dataSource),
        instance: hostname(),
        clock,
        logger,
        metrics: watchMetrics,
        ...(tuning.status === undefined ? {} : { tuning: tuning.status }),
      },
      ...(tuning.statusGuard === undefined ? {} : { statusGuard: tuning.statusGuard }),
    });
    const election = new LeaderElection({
      client,
      namespace: leaseNamespace(kubeConfig, settings.configuration.namespace),
      name: watcherLease,
      identity: `${hostname()}_${randomUUID()}`,
      ...(tuning.lease === undefined ? {} : { timing: tuning.lease }),
      clock,
      random: Math.random,
      logger,
      lead: (term) => leadership.lead(term),
    });
    health.register('watch', () => watchHealth(leadership, election));
    this.running = election.run(this.stopping.signal);
  }

  /** The cluster's name and configuration, which follows the file. */
  private async followConfiguration({
    configurationReloads,
  }: WatchMetrics): Promise<{ cluster: string; configuration: ConfigurationFeed }> {
    const { settings, logger } = this.options;
    let cluster: string | null = null;
    const feed: { current?: ConfigurationFeed } = {};
    const file = await watchConfigurationFile(
      settings.configuration.file,
      (text) => readClusterConfiguration(text, cluster, logger),
      ({ text }) => feed.current?.replace(text),
      {
        logger,
        onReload: (result) => {
          configurationReloads.inc({ result });
        },
      },
    );
    this.closers.push(() => file.close());
    const first = file.current();
    cluster = first.cluster;
    const configuration = new ConfigurationFeed(first.text);
    feed.current = configuration;
    return { cluster, configuration };
  }

  private async close(): Promise<void> {
    for (const step of this.closers.splice(0).reverse()) await step();
  }
}

/** A standby is ready. A leader is once every kind was listed or is being watched; trouble after that degrades it. */
function watchHealth(leadership: Leadership, election: LeaderElection): HealthState {
  const { watch } = leadership;
  if (watch === null) {
    return election.holder === ''
      ? { state: 'not-ready', reason: 'the lease has not been read yet' }
      : { state: 'ready' };
  }
  const { synced, problems } = watch.state;
  const reason = problems.join(' ');
  if (!synced) return { state: 'not-ready', reason: reason === '' ? 'the first lists are under way' : reason };
  return reason === '' ? { state: 'ready' } : { state: 'degraded', reason };
}
