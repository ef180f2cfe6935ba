import { type Change, type StreamMessage } from '#core/change';
import { type Clock } from '#core/clock';
import { type DesiredRule } from '#core/desired';
import { objectKinds } from '#core/kinds';
import { type ClusterObject } from '#core/objects';
import { type RuleStatus } from '#core/status';
import { dataSource } from '#project/adapters/data-source';
import { PostgresApplyLog } from '#project/adapters/postgres-apply-log';
import { PostgresCheckpointSource } from '#project/adapters/postgres-checkpoint-source';
import { PostgresCommands } from '#project/adapters/postgres-commands';
import { PostgresDesiredState } from '#project/adapters/postgres-desired-state';
import { PostgresDriftLog } from '#project/adapters/postgres-drift-log';
import { PostgresHistory } from '#project/adapters/postgres-history';
import { PostgresQueries } from '#project/adapters/postgres-queries';
import { PostgresStatusFeed } from '#project/adapters/postgres-status-feed';
import { type Projected, Projector } from '#project/adapters/projector';
import { query } from '#project/adapters/sql';
import { type Lease } from '#project/ports/apply-log';
import { type TenantWork } from '#project/ports/desired-state';
import { type DataSource } from 'typeorm';
import { createTestDatabase } from '../test-database.js';
import { emptyTables } from './empty-tables.js';
import { batch, chunk, configurationMessage } from './messages.js';
import { configurationText } from './objects.js';

const noon = Date.parse('2026-03-01T12:00:00.000Z');

/** A time that stands still until a test moves it. */
class StandingClock implements Clock {
  private time = noon;

  now(): Date {
    return new Date(this.time);
  }

  monotonic(): number {
    return this.time;
  }

  sleep(): Promise<void> {
    return Promise.resolve();
  }

  reset(): void {
    this.time = noon;
  }

  /** Moves on by so many seconds. */
  pass(seconds: number): Date {
    this.time += seconds * 1_000;
    return this.now();
  }
}

/** The projection of a cluster on a database of its own, with everything that reads it. */
export class ProjectionUnderTest {
  readonly clock = new StandingClock();
  readonly log: PostgresApplyLog;
  readonly drifts: PostgresDriftLog;
  readonly desired: PostgresDesiredState;
  readonly statuses: PostgresStatusFeed;
  readonly checkpoints: PostgresCheckpointSource;
  readonly queries: PostgresQueries;
  readonly history: PostgresHistory;
  readonly commands: PostgresCommands;
  private readonly projectors = new Map<string, Projector>();
  private versions = 100;
  private changed = 100;

  private constructor(
    /** Of the database. */
    readonly url: string,
    readonly source: DataSource,
    private readonly drop: () => Promise<void>,
  ) {
    this.log = new PostgresApplyLog(source, this.clock);
    this.drifts = new PostgresDriftLog(source, this.clock);
    this.desired = new PostgresDesiredState(source, this.clock);
    this.statuses = new PostgresStatusFeed(source);
    this.checkpoints = new PostgresCheckpointSource(source);
    this.queries = new PostgresQueries(source);
    this.history = new PostgresHistory(source, this.clock);
    this.commands = new PostgresCommands(source, this.clock);
  }

  static async create(): Promise<ProjectionUnderTest> {
    const database = await createTestDatabase({ migrated: true });
    return new ProjectionUnderTest(database.url, await dataSource(database.url), () => database.drop());
  }

  /** As it was when it was created. */
  async clear(): Promise<void> {
    await emptyTables(this.source);
    this.projectors.clear();
    this.versions = 100;
    this.changed = 100;
    this.clock.reset();
  }

  async close(): Promise<void> {
    await this.source.destroy();
    await this.drop();
  }

  /** Another process that projects the cluster. */
  projector(cluster = 'k8s', controllerNamespace = 'kube-system'): Projector {
    return new Projector({ source: this.source, clock: this.clock, cluster, controllerNamespace });
  }

  project(message: StreamMessage): Promise<Projected> {
    const projector = this.projectors.get(message.cluster) ?? this.projector(message.cluster);
    this.projectors.set(message.cluster, projector);
    return projector.project(message);
  }

  /** Configures a cluster, and lists all of its objects. */
  async list(objects: readonly ClusterObject[], text = configurationText(), cluster = 'k8s'): Promise<void> {
    await this.project(configurationMessage(text, { cluster }));
    for (const kind of objectKinds) {
      const ofKind = objects.filter((object) => object.kind === kind);
      await this.project(chunk(kind, this.versions, ofKind, { cluster }));
    }
  }

  /**
   * Changes that are seen together, so many seconds after what was before. Where the list of a kind ended is no matter: each
   * batch begins there. Gives when they were seen.
   */
  async change(changes: readonly Change[], seconds: number): Promise<Date> {
    const at = this.clock.pass(seconds);
    const kinds = [...new Set(changes.map((each) => (each.type === 'upsert' ? each.object.kind : each.kind)))];
    this.changed += 10;
    const spans = kinds.map((kind) => [kind, 100, this.changed] as const);
    await this.project(batch(spans, changes, { observedAt: at.toISOString() }));
    await this.rows('UPDATE checkpoint SET resource_version = 100');
    return at;
  }

  /** The lease on the device. @throws while somebody else holds it */
  async lease(holder = 'worker', milliseconds = 600_000): Promise<Lease> {
    const lease = await this.log.acquire('bigip', holder, milliseconds);
    if (lease === null) throw new Error('somebody else holds the device');
    return lease;
  }

  /** A list of some kinds, later than all before: what they hold is all that there is of them. */
  async relist(
    objects: readonly ClusterObject[],
    kinds = [...new Set(objects.map(({ kind }) => kind))],
  ): Promise<void> {
    this.versions += 100;
    for (const kind of kinds) {
      const version = String(this.versions);
      const ofKind = objects.filter((object) => object.kind === kind);
      const seen = ofKind.map((object) => ({ ...object, resourceVersion: version }));
      const observedAt = this.clock.pass(60).toISOString();
      await this.project(chunk(kind, this.versions, seen, { observedAt }));
    }
  }

  /** The work of one tenant, whether it has any or not. */
  async tenant(name = 'Common', device = 'bigip'): Promise<TenantWork> {
    const { tenants } = await this.desired.read(device, [name]);
    const [work] = tenants;
    if (work === undefined) throw new Error(`the device has no tenant "${name}"`);
    return work;
  }

  async rule(name: string, tenant = 'Common'): Promise<DesiredRule | undefined> {
    const { desired } = await this.tenant(tenant);
    return desired.rules.find((rule) => rule.name === name);
  }

  /** The status that a rule should have, whether it was written or not. */
  async status(name: string): Promise<RuleStatus> {
    const rows = await this.rows<{ status: RuleStatus }>('SELECT status FROM rule_status WHERE name = $1', [name]);
    const [row] = rows;
    if (row === undefined) throw new Error(`the rule "${name}" has no status`);
    return row.status;
  }

  rows<Row>(statement: string, parameters: readonly unknown[] = []): Promise<readonly Row[]> {
    return query<Row>(this.source, statement, parameters);
  }

  async count(table: string): Promise<number> {
    const rows = await this.rows<{ count: string }>(`SELECT count(*) FROM ${table}`);
    return Number(rows[0]?.count);
  }
}
