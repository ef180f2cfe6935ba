import { projectionTables } from '#project/adapters/projection-tables';
import { type Connection, query } from '#project/adapters/sql';

/** What stands in every projection, as far as the log gives it, by table. */
export async function projectionContents(connection: Connection): Promise<Record<string, readonly unknown[]>> {
  const contents: Record<string, readonly unknown[]> = {};
  for (const { name, kept = [], numbered } of projectionTables) {
    const rows = await query<{ row: unknown }>(
      connection,
      `SELECT to_jsonb(row) - $1::text[] AS row FROM ${name} AS row ORDER BY (to_jsonb(row) - $1::text[])::text`,
      [[...kept, ...(numbered === undefined ? [] : [numbered])]],
    );
    contents[name] = rows.map(({ row }) => row);
  }
  return contents;
}
