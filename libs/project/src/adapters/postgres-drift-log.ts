import { type Clock } from '#core/clock';
import { type DataSource, type EntityManager } from 'typeorm';
import { storable } from '../domain/storable.js';
import { type Lease } from '../ports/apply-log.js';
import { type DriftFinding, type DriftLog, type DriftResponse } from '../ports/drift.js';
import { type DriftFound } from './device-events.js';
import { differenceDigest, tenantDrift } from './drift.js';
import { inLease, recordDeviceEvent } from './record-device-event.js';
import { query } from './sql.js';
import { tenantProgress } from './tenant-progress.js';

/** What the worker writes down about drift, in Postgres. */
export class PostgresDriftLog implements DriftLog {
  constructor(
    private readonly source: DataSource,
    private readonly clock: Clock,
  ) {}

  drifted(lease: Lease, tenant: string, finding: DriftFinding, { action, repairs }: DriftResponse): Promise<boolean> {
    return inLease(this.source, lease, async (transaction) => {
      const { device } = lease;
      const known = await tenantDrift(transaction, device, tenant);
      const { before, ...drift } = finding;
      const asFound = before ?? (await lastKnown(transaction, device, tenant, known.seen)) ?? this.clock.now();
      const event: DriftFound = storable({
        type: 'drift-found',
        tenant,
        action,
        repairs,
        before: asFound.toISOString(),
        drift,
      });
      const same = known.present?.action === action && known.digest === differenceDigest(event.drift);
      // The same again after a repair is news; before it, and where it is only told, it is not.
      if (same && (action !== 'repair' || (await isToBeDeclared(transaction, device, tenant)))) return false;
      await recordDeviceEvent(transaction, device, event, this.clock);
      return true;
    });
  }

  driftEnded(lease: Lease, tenant: string, before: Date | null): Promise<void> {
    return inLease(this.source, lease, async (transaction) => {
      const { device } = lease;
      const { present, seen } = await tenantDrift(transaction, device, tenant);
      if (present === null) return;
      const asFound = before ?? seen ?? this.clock.now();
      const event = { type: 'drift-ended', tenant, before: asFound.toISOString() } as const;
      await recordDeviceEvent(transaction, device, event, this.clock);
    });
  }
}

/** When the device was last known to hold what the log says: at the last finding, or with the version that it holds. */
async function lastKnown(
  transaction: EntityManager,
  device: string,
  tenant: string,
  seen: Date | null,
): Promise<Date | null> {
  const { version } = await tenantProgress(transaction, device, tenant);
  const rows = await query<{ effective_to: Date | null }>(
    transaction,
    'SELECT effective_to FROM apply_attempt WHERE device = $1 AND tenant = $2 AND version = $3',
    [device, tenant, version],
  );
  const applied = rows[0]?.effective_to ?? null;
  if (seen === null || applied === null) return seen ?? applied;
  return seen > applied ? seen : applied;
}

async function isToBeDeclared(transaction: EntityManager, device: string, tenant: string): Promise<boolean> {
  const rows = await query<{ pending: boolean }>(
    transaction,
    `SELECT coalesce(resync_position > applied, false) AS pending FROM tenant_state WHERE device = $1 AND tenant = $2`,
    [device, tenant],
  );
  return rows[0]?.pending ?? false;
}
