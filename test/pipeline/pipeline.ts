import { type BigipPair } from '#apps/bigip-simulator/src/pair';
import { type BigipSimulator, startBigipSimulator } from '#apps/bigip-simulator/src/simulator';
import { type SimulatorOptions } from '#apps/bigip-simulator/src/options';
import { BigipDevice } from '#apply/adapters/bigip-device';
import { HttpsClient } from '#apply/adapters/https-client';
import { PairClient } from '#apply/adapters/pair-client';
import { ApplyCycle, type CycleResult } from '#apply/apply-cycle';
import { type StreamMessage } from '#core/change';
import { systemClock } from '#platform/clock';
import { silentLogger } from '#platform/logger';
import { Secret } from '#platform/secret';
import { dataSource } from '#project/adapters/data-source';
import { PostgresApplyLog } from '#project/adapters/postgres-apply-log';
import { PostgresRemovalLog } from '#project/adapters/postgres-removal-log';
import { PostgresDriftLog } from '#project/adapters/postgres-drift-log';
import { PostgresDesiredState } from '#project/adapters/postgres-desired-state';
import { PostgresStatusFeed } from '#project/adapters/postgres-status-feed';
import { Projector } from '#project/adapters/projector';
import { type ApplyLog, type Lease } from '#project/ports/apply-log';
import { type RuleStatus } from '#core/status';
import { createTestDatabase, type TestDatabase } from '#testing/test-database';
import { type DataSource } from 'typeorm';

export interface PipelineOptions {
  readonly cluster?: string;
  readonly device?: SimulatorOptions;
  /** In place of one device; the pipeline closes it. */
  readonly pair?: BigipPair;
}

/** From the stream's messages to a device and back to statuses: the real code on a real database, a simulated BIG-IP. */
export class Pipeline {
  private readonly holders = new Map<string, ApplyCycle>();

  private constructor(
    /** The first unit of a pair. */
    readonly device: BigipSimulator,
    private readonly pair: BigipPair | null,
    readonly source: DataSource,
    readonly projector: Projector,
    readonly log: PostgresApplyLog,
    readonly state: PostgresDesiredState,
    readonly database: TestDatabase,
    private readonly units: readonly [HttpsClient, ...HttpsClient[]],
  ) {}

  static async start(options: PipelineOptions = {}): Promise<Pipeline> {
    const database = await createTestDatabase({ migrated: true });
    const { pair = null } = options;
    const device = pair?.first ?? (await startBigipSimulator(options.device));
    const source = await dataSource(database.url);
    const projector = new Projector({
      source,
      clock: systemClock,
      cluster: options.cluster ?? 'k8s',
      controllerNamespace: 'kube-system',
    });
    const log = new PostgresApplyLog(source, systemClock);
    const state = new PostgresDesiredState(source, systemClock);
    const others = pair === null ? [] : [connect(pair.second)];
    return new Pipeline(device, pair, source, projector, log, state, database, [connect(device), ...others]);
  }

  get databaseUrl(): string {
    return this.database.url;
  }

  async stop(): Promise<void> {
    for (const unit of this.units) unit.close();
    await (this.pair ?? this.device).close();
    await this.source.destroy();
    await this.database.drop();
  }

  /** Projects messages one after the other; each has to be accepted. */
  async project(...messages: readonly StreamMessage[]): Promise<void> {
    for (const message of messages) {
      const projected = await this.projector.project(message);
      if (projected.outcome !== 'done') throw new Error(`a message was refused: ${projected.reason}`);
    }
  }

  /** One pass of the worker named `holder`, which takes the lease when it is free. */
  async apply(holder = 'worker-1'): Promise<CycleResult> {
    return (await this.cycleOf(holder)).run(new AbortController().signal);
  }

  async cycleOf(holder: string): Promise<ApplyCycle> {
    const present = this.holders.get(holder);
    if (present !== undefined) return present;
    const lease = await this.log.acquire('bigip', holder, 60_000);
    if (lease === null) throw new Error('somebody else holds the device');
    const cycle = this.cycle(lease);
    this.holders.set(holder, cycle);
    return cycle;
  }

  /** The device, as a worker reaches it. */
  bigip(): BigipDevice {
    return new BigipDevice(new PairClient(this.units), systemClock);
  }

  cycle(lease: Lease, log: ApplyLog = this.log): ApplyCycle {
    const ignore = () => undefined;
    const observer = { declared: ignore, compared: ignore, drifted: ignore, failedOver: ignore, synchronised: ignore };
    return new ApplyCycle(lease, {
      device: this.bigip(),
      state: this.state,
      log,
      syncGroup: this.pair?.deviceGroup ?? null,
      drifts: new PostgresDriftLog(this.source, systemClock),
      removals: new PostgresRemovalLog(this.source, systemClock),
      clock: systemClock,
      logger: silentLogger,
      observer,
    });
  }

  /** The status that a rule ought to have now. */
  async status(name: string, cluster = 'k8s'): Promise<RuleStatus> {
    const pending = await new PostgresStatusFeed(this.source).pending(cluster, 1_000);
    const found = pending.find(({ reference }) => reference.name === name);
    if (found === undefined) throw new Error(`no status is known for the rule ${name}`);
    return found.status;
  }
}

function connect(device: BigipSimulator): HttpsClient {
  return new HttpsClient({
    url: device.url,
    credentials: () => Promise.resolve({ username: 'admin', password: new Secret('admin') }),
    tls: { verify: true, ca: device.caCertificate },
    timeout: 60_000,
  });
}

/** One tenant with its own route domain beside Common, in the in-place layout. */
export const configurationText = `
clusterName: k8s
layout: in-place
isSupportRouteDomain: true
schemaVersion: "3.56.0"
tenant:
  - name: Common
    gwPool:
      serverAddresses: ["192.0.2.1"]
  - name: shop
    namespaces: shop
    routeDomain: { id: 2, name: rd2 }
    gwPool:
      serverAddresses: ["192.0.2.1"]
`;

/** A device that has the partition and the route domain of the configuration above. */
export const preparedDevice: SimulatorOptions = {
  content: { partitions: [{ name: 'shop' }], routeDomains: [{ path: '/shop/rd2', id: 2 }] },
};
