import { type Position } from '#core/desired';
import { type DataSource } from 'typeorm';
import { query } from '../sql.js';

/** The events of one transaction, as the log has them. */
export interface StoredBatch {
  /** Of its last event. */
  readonly position: Position;
  readonly device: string | null;
  readonly cluster: string | null;
  readonly observedAt: Date;
  readonly recordedAt: Date;
  readonly events: readonly unknown[];
}

interface EventRow {
  readonly position: string;
  readonly batch: string;
  readonly device: string | null;
  readonly cluster: string | null;
  readonly observed_at: Date;
  readonly recorded_at: Date;
  readonly data: unknown;
}

/** How many events are read, and written, at a time. */
const pageSize = 2_000;

/**
 * The batches beyond `after` that end at or before `upTo`, in order, some thousand events at a time. The next ones are
 * read while the caller works; memory holds two pages, and the events of a batch that is larger.
 */
export async function* eventBatches(
  source: DataSource,
  after: Position,
  upTo: Position,
): AsyncGenerator<readonly StoredBatch[], void, undefined> {
  let unfinished: EventRow[] = [];
  let next = after < upTo ? readPage(source, after, upTo) : null;
  while (next !== null) {
    const page: readonly EventRow[] = await next;
    const last = page.at(-1);
    next = last === undefined || page.length < pageSize ? null : readPage(source, Number(last.position), upTo);
    // Whoever stops in between never asks for it; a failure is told to who does.
    next?.catch(() => undefined);
    const batches: StoredBatch[] = [];
    for (const row of page) {
      unfinished.push(row);
      if (row.position !== row.batch) continue;
      batches.push(batchOf(row, unfinished));
      unfinished = [];
    }
    if (batches.length > 0) yield batches;
  }
}

function readPage(source: DataSource, after: Position, upTo: Position): Promise<readonly EventRow[]> {
  return query<EventRow>(
    source,
    `SELECT position, batch, device, cluster, observed_at, recorded_at, data FROM event
     WHERE position > $1 AND position <= $2 ORDER BY position LIMIT ${pageSize}`,
    [after, upTo],
  );
}

function batchOf(last: EventRow, rows: readonly EventRow[]): StoredBatch {
  const { device, cluster, observed_at: observedAt, recorded_at: recordedAt } = last;
  return { position: Number(last.position), device, cluster, observedAt, recordedAt, events: rows.map(dataOf) };
}

function dataOf({ data }: EventRow): unknown {
  return data;
}
