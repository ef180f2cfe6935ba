import { type DataSource, type EntityManager } from 'typeorm';
import { type Lease, LeaseLost } from '../ports/apply-log.js';
import { query } from './sql.js';

/**
 * Leases on devices, by the database's clock. The epoch is what fences: it grows whenever the device may have been
 * without its holder, and every commit of a holder checks it.
 */
export async function acquireLease(
  source: DataSource,
  device: string,
  holder: string,
  milliseconds: number,
): Promise<Lease | null> {
  const rows = await query<{ epoch: string }>(
    source,
    `INSERT INTO device_lease AS lease (device, holder, epoch, expires_at)
     VALUES ($1, $2, 1, ${leaseEnd('$3')})
     -- Not excluded.expires_at, which is from before the wait for whoever has the row.
     ON CONFLICT (device) DO UPDATE SET
       epoch = lease.epoch + (lease.holder <> excluded.holder OR lease.expires_at <= clock_timestamp())::integer,
       holder = excluded.holder, expires_at = ${leaseEnd('$3')}
     WHERE lease.holder = excluded.holder OR lease.expires_at <= clock_timestamp()
     RETURNING epoch`,
    [device, holder, milliseconds],
  );
  const [row] = rows;
  return row === undefined ? null : { device, holder, epoch: Number(row.epoch) };
}

/** @throws LeaseLost */
export async function renewLease(source: DataSource, lease: Lease, milliseconds: number): Promise<void> {
  await change(source, lease, leaseEnd('$4'), [milliseconds]);
}

/** @throws LeaseLost */
export async function releaseLease(source: DataSource, lease: Lease): Promise<void> {
  await change(source, lease, 'clock_timestamp()', []);
}

/**
 * Makes sure that the holder still is one, and that it stays so until the transaction ends: taking the lease over waits
 * for this row.
 * @throws LeaseLost
 */
export async function assertLease(transaction: EntityManager, lease: Lease): Promise<void> {
  const rows = await query(transaction, `${held} FOR UPDATE`, [lease.device, lease.holder, lease.epoch]);
  if (rows.length === 0) throw new LeaseLost(lease);
}

const held = 'SELECT device FROM device_lease WHERE device = $1 AND holder = $2 AND epoch = $3';

async function change(source: DataSource, lease: Lease, end: string, parameters: readonly unknown[]): Promise<void> {
  const changed = await query(
    source,
    // Has the row first, and only then reads the clock.
    `WITH held AS MATERIALIZED (${held} FOR UPDATE)
     UPDATE device_lease AS lease SET expires_at = ${end} FROM held WHERE lease.device = held.device RETURNING lease.device`,
    [lease.device, lease.holder, lease.epoch, ...parameters],
  );
  if (changed.length === 0) throw new LeaseLost(lease);
}

function leaseEnd(milliseconds: string): string {
  return `clock_timestamp() + ${milliseconds} * interval '1 millisecond'`;
}
