import { type Clock } from '#core/clock';
import { type DataSource } from 'typeorm';
import { storable } from '../domain/storable.js';
import { type Lease } from '../ports/apply-log.js';
import { type OpenRemoval, type RemovalFinding, type RemovalLog } from '../ports/removal.js';
import { inLease, recordDeviceEvent } from './record-device-event.js';
import { openRemovals } from './removal.js';
import { inSnapshot } from './sql.js';

/** What the worker reads and writes down about removals of tenants, in Postgres. */
export class PostgresRemovalLog implements RemovalLog {
  constructor(
    private readonly source: DataSource,
    private readonly clock: Clock,
  ) {}

  openRemovals(device: string): Promise<readonly OpenRemoval[]> {
    return inSnapshot(this.source, (transaction) => openRemovals(transaction, device));
  }

  removalExamined(lease: Lease, { tenant, position }: OpenRemoval, finding: RemovalFinding): Promise<void> {
    return inLease(this.source, lease, async (transaction) => {
      const event = storable({ type: 'removal-examined', tenant, request: position, finding } as const);
      await recordDeviceEvent(transaction, lease.device, event, this.clock);
    });
  }
}
