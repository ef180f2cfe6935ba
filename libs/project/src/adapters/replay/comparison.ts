import { type JsonObject, type JsonValue } from '#core/json';
import { type EntityManager } from 'typeorm';
import { sameJson } from '#core/same-json';
import { type RowDifference, type TableComparison } from '../../ports/replay.js';
import { type ProjectionTable, projectionTables } from '../projection-tables.js';
import { query, single } from '../sql.js';

/** A projection table twice: the live one, and the replayed one beside it. */
export interface TablePair extends ProjectionTable {
  /** Qualified names. */
  readonly live: string;
  readonly replayed: string;
  /** The columns that the log gives. */
  readonly columns: readonly string[];
}

/** Every projection table with its columns. @param schema of the live ones. */
export async function tablePairs(transaction: EntityManager, schema: string): Promise<TablePair[]> {
  const rows = await query<{ table: string; columns: readonly string[] }>(
    transaction,
    `SELECT table_name AS table, array_agg(column_name::text ORDER BY ordinal_position) AS columns
     FROM information_schema.columns WHERE table_schema = $1 GROUP BY table_name`,
    [schema],
  );
  const columns = new Map(rows.map((row) => [row.table, row.columns]));
  return projectionTables.map((table) => {
    const apart = [...(table.kept ?? []), table.numbered];
    return {
      ...table,
      live: `"${schema}".${table.name}`,
      replayed: `pg_temp.${table.name}`,
      columns: (columns.get(table.name) ?? []).filter((column) => !apart.includes(column)),
    };
  });
}

/** Holds one live table against its replayed one, in one statement. @param most examples are given. */
export async function compareTable(
  transaction: EntityManager,
  pair: TablePair,
  most: number,
): Promise<TableComparison> {
  const { name, live, replayed, key } = pair;
  const [first] = key;
  const rows = await query<{
    rows: string;
    missing: string;
    unexpected: string;
    different: string;
    examples: readonly { live: JsonObject | null; replayed: JsonObject | null }[];
  }>(
    transaction,
    `WITH difference AS MATERIALIZED (
       SELECT ${key.map((column) => `coalesce(live.${column}, replayed.${column}) AS ${column}`).join(', ')},
         CASE WHEN live.${first} IS NOT NULL THEN to_jsonb(live) END AS live,
         CASE WHEN replayed.${first} IS NOT NULL THEN to_jsonb(replayed) END AS replayed
       FROM ${live} AS live FULL JOIN ${replayed} AS replayed ON ${sameKey(pair, 'live', 'replayed')}
       WHERE ${differs(pair, 'live', 'replayed')})
     SELECT (SELECT count(*) FROM ${replayed}) AS rows,
       count(*) FILTER (WHERE live IS NULL) AS missing,
       count(*) FILTER (WHERE replayed IS NULL) AS unexpected,
       count(*) FILTER (WHERE live IS NOT NULL AND replayed IS NOT NULL) AS different,
       (SELECT coalesce(jsonb_agg(jsonb_build_object('live', live, 'replayed', replayed)), '[]')
        FROM (SELECT live, replayed FROM difference ORDER BY ${key.join(', ')} LIMIT $1) AS first) AS examples
     FROM difference`,
    [most],
  );
  const { examples, ...counts } = single(rows);
  return {
    table: name,
    rows: Number(counts.rows),
    missing: Number(counts.missing),
    unexpected: Number(counts.unexpected),
    different: Number(counts.different),
    examples: examples.map((example) => rowDifference(pair, example.live, example.replayed)),
  };
}

/** That two rows have the same key. */
export function sameKey({ key }: TablePair, left: string, right: string): string {
  return key.map((column) => `${left}.${column} = ${right}.${column}`).join(' AND ');
}

/** That something of what the log gives is another value in the one row than in the other, or one row is not there. */
export function differs({ columns }: TablePair, left: string, right: string): string {
  const of = (row: string) => `(${columns.map((column) => `${row}."${column}"`).join(', ')})`;
  return `${of(left)} IS DISTINCT FROM ${of(right)}`;
}

/** Of rows that both sides have, the columns that differ. */
function rowDifference(
  { key, columns }: TablePair,
  live: JsonObject | null,
  replayed: JsonObject | null,
): RowDifference {
  const apart = columns.filter((column) => !sameJson(live?.[column], replayed?.[column]));
  const only = (row: JsonObject | null, names: readonly string[]): Readonly<Record<string, JsonValue>> | null =>
    row === null ? null : Object.fromEntries(names.map((column) => [column, row[column] ?? null]));
  return { key: only(live ?? replayed, key) ?? {}, live: only(live, apart), replayed: only(replayed, apart) };
}
