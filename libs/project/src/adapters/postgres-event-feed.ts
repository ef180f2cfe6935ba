import { type Clock } from '#core/clock';
import { type Position } from '#core/desired';
import { type DataSource } from 'typeorm';
import { type EventFeed, type EventFilter, type LoggedEvent } from '../ports/history.js';
import { logEnd, readEvents } from './event-queries.js';

export interface EventFeedOptions {
  /** The log is looked at this often, in milliseconds. */
  readonly interval: number;
  /** A batch holds so many events at most. */
  readonly batch: number;
}

const defaults: EventFeedOptions = { interval: 500, batch: 500 };

/**
 * Reads the log as it grows. Positions are given in the order of commits (ADR 2), so that nothing ever appears behind a
 * position that was read past.
 */
export class PostgresEventFeed implements EventFeed {
  constructor(
    private readonly source: DataSource,
    private readonly clock: Clock,
    private readonly options: EventFeedOptions = defaults,
  ) {}

  async *follow(
    filter: EventFilter,
    from: Position | undefined,
    signal: AbortSignal,
  ): AsyncGenerator<readonly LoggedEvent[], void, void> {
    const { interval, batch } = this.options;
    let after = from ?? (await logEnd(this.source));
    while (!signal.aborted) {
      const upTo = await logEnd(this.source);
      const events = upTo <= after ? [] : await readEvents(this.source, filter, { after, upTo, limit: batch });
      const isAll = events.length < batch;
      after = isAll ? Math.max(after, upTo) : (events.at(-1)?.position ?? after);
      yield events;
      if (isAll) await this.clock.sleep(interval, signal).catch(() => undefined);
    }
  }
}
