import { InvalidCursor, type Page, type PageRequest } from '../ports/queries.js';

/** Values that say where a page ended, as text that a caller hands back. */
function encodeCursor(values: readonly string[]): string {
  return Buffer.from(JSON.stringify(values)).toString('base64url');
}

/**
 * @param length how many values the cursor holds.
 * @param form that each of them has.
 * @throws InvalidCursor
 */
export function decodeCursor(cursor: string, length: number, form = /^/): readonly string[] {
  let values: unknown;
  try {
    values = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    throw new InvalidCursor();
  }
  if (!Array.isArray(values) || values.length !== length) throw new InvalidCursor();
  return values.map((value: unknown) => {
    if (typeof value !== 'string' || !form.test(value)) throw new InvalidCursor();
    return value;
  });
}

/** A page out of rows of which one more than asked for was read. */
export function pageOf<Row, Entry>(
  rows: readonly Row[],
  { limit }: PageRequest,
  entry: (row: Row) => Entry,
  key: (row: Row) => readonly string[],
): Page<Entry> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const next = rows.length > limit && last !== undefined ? encodeCursor(key(last)) : null;
  return { entries: shown.map(entry), next };
}
