import { type DataSource, type EntityManager } from 'typeorm';

/** A connection, in a transaction or not. */
export type Connection = DataSource | EntityManager;

/**
 * Runs one statement and gives its rows, for every kind of statement alike. The caller names the type of a row, which the
 * statement's column list has to bear out.
 */
export async function query<Row>(
  connection: Connection,
  statement: string,
  parameters: readonly unknown[] = [],
): Promise<readonly Row[]> {
  const answer: unknown = await connection.query(statement, [...parameters]);
  // TypeORM gives [rows, count] for UPDATE and DELETE, and the rows otherwise (PostgresQueryRunner.query).
  if (!Array.isArray(answer)) return [];
  const [first, count] = answer as readonly unknown[];
  return (Array.isArray(first) && typeof count === 'number' ? first : answer) as readonly Row[];
}

/** The only row of an answer that has exactly one. */
export function single<Row>(rows: readonly Row[]): Row {
  const [row] = rows;
  if (row === undefined || rows.length !== 1) throw new Error(`expected one row, found ${rows.length}`);
  return row;
}

/**
 * Runs `work` in a transaction that may append to the event log. There is one such transaction at a time in the whole
 * database, so that the order of positions is the order of commits: whoever reads the log up to a position has seen all
 * of it. Every transaction that changes projections takes this way, so that none waits for another in a circle.
 */
export async function inLog<Result>(
  connection: Connection,
  work: (transaction: EntityManager) => Promise<Result>,
): Promise<Result> {
  return connection.transaction('READ COMMITTED', async (transaction) => {
    await transaction.query('SELECT pg_advisory_xact_lock($1)', [logLock]);
    return work(transaction);
  });
}

/**
 * Keeps everybody else from appending to the log, and from changing projections, while `work` runs on this session, in as
 * many transactions as it likes.
 */
export async function keepOthersOutOfLog<Result>(session: EntityManager, work: () => Promise<Result>): Promise<Result> {
  await session.query('SELECT pg_advisory_lock($1)', [logLock]);
  try {
    return await work();
  } finally {
    await session.query('SELECT pg_advisory_unlock($1)', [logLock]);
  }
}

/** Runs `read` on one consistent snapshot of the database. */
export async function inSnapshot<Result>(
  connection: Connection,
  read: (transaction: EntityManager) => Promise<Result>,
): Promise<Result> {
  return connection.transaction('REPEATABLE READ', async (transaction) => {
    await transaction.query('SET TRANSACTION READ ONLY');
    return read(transaction);
  });
}

/** The last position of the log, as this transaction sees it; 0 while it is empty. */
export async function lastPosition(transaction: Connection): Promise<number> {
  const rows = await query<{ position: string }>(
    transaction,
    'SELECT coalesce(max(position), 0) AS position FROM event',
  );
  return Number(single(rows).position);
}

const logLock = 4_357_002;
