import { type EntityManager } from 'typeorm';
import { query } from '../sql.js';
import { differs, sameKey, type TablePair } from './comparison.js';

/**
 * Brings a live table to its replayed one, by what differs. Readers who began before go on to see the rows as they were,
 * which a table that is emptied, or another one that takes its name, would not give them.
 */
export async function swapTable(transaction: EntityManager, pair: TablePair): Promise<void> {
  const { live, replayed, kept = [] } = pair;
  const same = sameKey(pair, 'live', 'replayed');
  if (kept.length > 0) {
    await query(
      transaction,
      `UPDATE ${replayed} AS replayed SET ${kept.map((column) => `${column} = live.${column}`).join(', ')}
       FROM ${live} AS live WHERE ${same}`,
    );
  }
  await query(
    transaction,
    `DELETE FROM ${live} AS live WHERE NOT EXISTS (
       SELECT FROM ${replayed} AS replayed WHERE ${same} AND NOT ${differs(pair, 'live', 'replayed')})`,
  );
  const columns = [...pair.columns, ...kept].map((column) => `"${column}"`).join(', ');
  await query(
    transaction,
    `INSERT INTO ${live} (${columns}) SELECT ${columns} FROM ${replayed} AS replayed
     WHERE NOT EXISTS (SELECT FROM ${live} AS live WHERE ${same})`,
  );
}
