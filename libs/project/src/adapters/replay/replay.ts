import { type Clock } from '#core/clock';
import { type Position } from '#core/desired';
import { type EntityManager } from 'typeorm';
import { type CommandActor } from '../../ports/commands.js';
import { type ProjectionQueries } from '../../ports/queries.js';
import { isSame, type ReplayProgress, type ReplayReport, type TableComparison } from '../../ports/replay.js';
import { recordResync } from '../postgres-commands.js';
import { PostgresQueries } from '../postgres-queries.js';
import { type Connection, keepOthersOutOfLog, lastPosition, query } from '../sql.js';
import { projectionTables } from '../projection-tables.js';
import { compareTable, tablePairs } from './comparison.js';
import { eventBatches } from './event-batches.js';
import { ReplayFold } from './replay-fold.js';
import { ReplaySession } from './replay-session.js';
import { swapTable } from './swap.js';

export interface ReplayOptions {
  readonly clock: Clock;
  /** Told after every few thousand events. */
  readonly progress?: (progress: ReplayProgress) => void;
}

/** The projections made anew from the event log, beside the live ones (promise 4). */
export class Replay {
  private readonly fold = new ReplayFold();
  private readonly begun: number;
  private reached: Position = 0;
  private analyzed: Position = 0;

  private constructor(
    private readonly session: ReplaySession,
    private readonly options: ReplayOptions,
  ) {
    this.begun = options.clock.monotonic();
  }

  /** Has nothing yet. The caller closes it. @throws DatabaseNotMigrated, or what the database throws. */
  static async open(url: string, options: ReplayOptions): Promise<Replay> {
    return new Replay(await ReplaySession.open(url), options);
  }

  close(): Promise<void> {
    return this.session.close();
  }

  /** What was replayed: on this session the names of the projection tables mean the replayed ones. */
  get connection(): Connection {
    return this.session.manager;
  }

  /** Asks what was replayed, as one asks the live projections; attempts and declarations are those of today. */
  get queries(): ProjectionQueries {
    return new PostgresQueries(this.session.manager);
  }

  /** The last position of the log. */
  end(): Promise<Position> {
    return lastPosition(this.session.source);
  }

  /** The last position of the log at a moment; 0 before the first event. */
  async positionAt(moment: Date): Promise<Position> {
    const rows = await query<{ position: string | null }>(
      this.session.source,
      'SELECT max(position) AS position FROM event WHERE recorded_at <= $1',
      [moment],
    );
    return Number(rows[0]?.position ?? 0);
  }

  /** Replays what of the log was recorded in transactions that end at or before a position, and gives the last one's. */
  async to(position: Position): Promise<Position> {
    for await (const batches of eventBatches(this.session.source, this.reached, position)) {
      await this.session.manager.transaction('READ COMMITTED', (transaction) => this.fold.take(transaction, batches));
      this.reached = batches.at(-1)?.position ?? this.reached;
      if (this.reached > 2 * this.analyzed) await this.analyze(this.session.manager);
      this.options.progress?.(this.progress(position));
    }
    return this.reached;
  }

  /**
   * Replays the whole log, and holds what that gave against the live projections.
   * @param most how many differences of each table are shown.
   */
  async compare(most: number): Promise<ReplayReport> {
    await this.toTheEnd();
    const { seconds, eventsPerSecond } = this.speed();
    const tables = await this.compareNow(most);
    return { position: this.reached, seconds, eventsPerSecond, tables, swapped: false };
  }

  /**
   * The same, and brings the live projections to it when they differ, in one transaction, while nobody else projects.
   * The devices may hold what was wrong: a resync of all their tenants is asked for with it.
   */
  async swap(most: number, actor: CommandActor): Promise<ReplayReport> {
    await this.toTheEnd();
    return keepOthersOutOfLog(this.session.manager, async () => {
      const report = await this.compare(most);
      if (isSame(report)) return report;
      await this.swapNow(actor);
      return { ...report, swapped: true };
    });
  }

  /** Comes so close to the end of the log that the rest takes no time. */
  private async toTheEnd(): Promise<void> {
    for (let end = await this.end(); end - this.reached > 1_000; end = await this.end()) await this.to(end);
  }

  private compareNow(most: number): Promise<readonly TableComparison[]> {
    const { manager, schema, source } = this.session;
    return manager.transaction('REPEATABLE READ', async (transaction) => {
      // The live projections are those of this position, in this snapshot.
      const position = await lastPosition(transaction);
      for await (const batches of eventBatches(source, this.reached, position)) {
        await this.fold.take(transaction, batches);
      }
      this.reached = position;
      await this.analyze(transaction);
      const tables: TableComparison[] = [];
      for (const pair of await tablePairs(transaction, schema)) {
        tables.push(await compareTable(transaction, pair, most));
      }
      return tables;
    });
  }

  /** Temporary tables get no statistics by themselves. */
  private async analyze(transaction: EntityManager): Promise<void> {
    for (const { name } of projectionTables) await query(transaction, `ANALYZE pg_temp.${name}`);
    this.analyzed = this.reached;
  }

  private swapNow(actor: CommandActor): Promise<void> {
    const { session, options } = this;
    return session.toLiveTables(async (transaction) => {
      for (const pair of await tablePairs(transaction, session.schema)) await swapTable(transaction, pair);
      await query(transaction, 'UPDATE cluster SET replayed_at = $1', [options.clock.now()]);
      const devices = await query<{ device: string }>(transaction, 'SELECT DISTINCT device FROM tenant_state');
      for (const { device } of devices) {
        await recordResync(transaction, { device, tenants: 'all', actor }, options.clock.now());
      }
    });
  }

  private progress(of: Position): ReplayProgress {
    const { eventsPerSecond } = this.speed();
    const remainingSeconds = (of - this.reached) / eventsPerSecond;
    return { position: this.reached, of, eventsPerSecond, remainingSeconds };
  }

  /** Positions of the log have no gaps, so that they count its events. */
  private speed(): { readonly seconds: number; readonly eventsPerSecond: number } {
    const seconds = (this.options.clock.monotonic() - this.begun) / 1_000;
    return { seconds, eventsPerSecond: this.reached / Math.max(seconds, 0.001) };
  }
}
