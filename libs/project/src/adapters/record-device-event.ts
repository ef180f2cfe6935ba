import { type Clock } from '#core/clock';
import { type Position } from '#core/desired';
import { randomUUID } from 'node:crypto';
import { type DataSource, type EntityManager } from 'typeorm';
import { identity } from '../domain/event-identity.js';
import { type Lease } from '../ports/apply-log.js';
import { type DeviceEvent, deviceEventRow } from './device-events.js';
import { assertLease } from './device-lease.js';
import { appendEvents } from './event-log.js';
import { projectDeviceEvent } from './project-device-event.js';
import { inLog } from './sql.js';

/** Runs `work` in a transaction of the log while the lease lasts. @throws LeaseLost */
export function inLease<Result>(
  source: DataSource,
  lease: Lease,
  work: (transaction: EntityManager) => Promise<Result>,
): Promise<Result> {
  return inLog(source, async (transaction) => {
    await assertLease(transaction, lease);
    return work(transaction);
  });
}

/** Appends what a worker found to the log, and brings the projections up to it. Only inside of `inLog`. */
export async function recordDeviceEvent(
  transaction: EntityManager,
  device: string,
  event: DeviceEvent,
  clock: Clock,
  eventId = identity(['finding', randomUUID()]),
): Promise<Position> {
  const now = clock.now();
  const observedAt = event.type === 'declaration-applied' ? new Date(event.effectiveTo) : now;
  const row = deviceEventRow(device, event, eventId, observedAt);
  const { position, recordedAt } = await appendEvents(transaction, [row], now);
  await projectDeviceEvent({ transaction, device, position, observedAt, recordedAt }, event);
  return position;
}
