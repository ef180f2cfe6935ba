import { waitFor } from '#testing/wait-for';
import { expect, onTestFinished } from 'vitest';
import { ambush, type Strike } from './ambush.js';
import { type AttemptRecord } from './apply-records.js';
import { type Change } from './changed-cluster.js';
import { FaultRoom } from './fault-room.js';
import { type Member } from './members.js';
import { createPlaces } from './places.js';
import { type Point } from './points.js';

interface Interruption {
  readonly strike: Strike;
  /** What the worker is declaring when it is struck. */
  readonly before: Change;
  /** What changes until the standby takes over. */
  readonly meanwhile: Change;
}

interface Interrupted {
  /** That was struck. */
  readonly worker: Member;
  /** That it had. */
  readonly epoch: number;
  readonly attempts: readonly AttemptRecord[];
}

/** A worker that works, one that stands by, and what they need. */
export async function openRoomOfWorkers(): Promise<FaultRoom> {
  return FaultRoom.open(await createPlaces(), { watcher: 1, projector: 1, worker: 2 });
}

/**
 * Strikes the worker that holds the device at a point of a declaration; then the standby has done all that there is to do.
 * At the end of the test the worker runs, whatever became of it.
 */
export async function playInterrupted(
  room: FaultRoom,
  point: Point,
  { strike, before, meanwhile }: Interruption,
): Promise<Interrupted> {
  const { cluster, records } = room;
  const { device } = room.room;
  const worker = await room.holder();
  const [epoch, earlier] = [await records.epoch(), (await records.attempts()).length];
  // Else there is nothing to enforce. No denial stands that would be lifted by it.
  if (point.name === 'before iControl enforces the policy')
    device.device.enforceOnRouteDomain('/shop/rd2', { enforcedPolicy: null });
  onTestFinished(() => {
    worker.process.resume();
  });
  const lying = ambush(point.name, worker, device, strike);
  cluster.change(before);
  await waitFor(() => {
    expect(lying.isSprung).toBe(true);
  });
  lying.end();
  cluster.change(meanwhile);
  // Whole, so that it is one declaration for whoever takes over.
  await room.recorded();
  await records.endLease(epoch);
  await room.settled();
  expect(device.device.state.routeDomains.get('/shop/rd2')?.enforcedPolicy).not.toBeNull();
  expect(await records.epoch()).toBe(epoch + 1);
  return { worker, epoch, attempts: await records.attempts(earlier) };
}
