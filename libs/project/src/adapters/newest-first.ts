import { type Page, type PageRequest } from '../ports/queries.js';
import { type Conditions } from './conditions.js';
import { decodeCursor, pageOf } from './cursor.js';
import { type Connection, query } from './sql.js';

/** Rows of a table that grows at its end. */
interface Growing<Row> {
  /** The statement up to its conditions. */
  readonly select: string;
  readonly conditions: Conditions;
  /** The column by which it grows: a number, which the driver gives as text. */
  readonly key: string;
  readonly keyOf: (row: Row) => string;
}

/** A page of the rows that meet the conditions, the newest first. @throws InvalidCursor */
export async function newestFirst<Row, Entry>(
  connection: Connection,
  { select, conditions, key, keyOf }: Growing<Row>,
  page: PageRequest,
  entry: (row: Row) => Entry,
): Promise<Page<Entry>> {
  if (page.after !== undefined) conditions.compare([key], '<', decodeCursor(page.after, 1, /^\d{1,18}$/));
  const limit = conditions.parameter(page.limit + 1);
  const rows = await query<Row>(
    connection,
    `${select} ${conditions.where} ORDER BY ${key} DESC LIMIT ${limit}`,
    conditions.parameters,
  );
  return pageOf(rows, page, entry, (row) => [keyOf(row)]);
}
