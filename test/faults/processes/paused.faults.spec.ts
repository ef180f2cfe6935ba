import { moment } from '#testing/stream/fixtures';
import { waitFor } from '#testing/wait-for';
import { beforeAll, describe, expect, it } from 'vitest';
import { declarationsIn } from './declarations.js';
import { type FaultRoom } from './fault-room.js';
import { openRoomOfWorkers, playInterrupted } from './interrupted-cycle.js';
import { points } from './points.js';

describe('promises 1, 2, 6, 7 and 9 with a worker that stands still in the middle of a declaration', () => {
  let room: FaultRoom;

  beforeAll(async () => {
    room = await openRoomOfWorkers();
    return () => room.close();
  });

  it.each(points)('$name', async (point) => {
    const resumed = moment<boolean>();
    const { worker, attempts, epoch } = await playInterrupted(room, point, {
      strike: ({ process }) => {
        process.pause();
        return resumed.reached;
      },
      before: { type: 'pod', tenant: 'shop', place: 5, app: 'a' },
      // All is as it was, so that nothing but the epoch guards the tenant from what is still on its way.
      meanwhile: { type: 'end-of-pod', tenant: 'shop', place: 5 },
    });
    const own = { tenant: 'shop', epoch: epoch + 1, purpose: 'change', outcome: 'applied' };
    const found = { tenant: 'shop', epoch, purpose: 'change', outcome: point.attempt };
    expect(attempts).toEqual(point.attempt === null ? [] : [found, own]);
    const before = await changeable(room);
    const worked = workedOff(room);
    room.room.device.clearRequests();
    resumed.reach(true);
    worker.process.resume();
    await waitFor(async () => {
      expect(await worker.process.metric('ces_device_held')).toBe(0);
      // What it had sent may reach AS3 all the same, and takes its time there.
      expect(workedOff(room) - worked).toBe(declarationsIn(room.room.device.requests).length);
    });
    expect(await changeable(room)).toEqual(before);
    await room.settled();
  });

  it('leaves the log, the projections and the device as they have to be', () => room.check());
});

/** What whoever lost the lease must not change. */
async function changeable({ records, room: { device } }: FaultRoom) {
  // When it was stored last, AS3 notes also of what it refused.
  const { controls: _, ...stored } = device.declarations[0]?.declaration ?? {};
  return { state: device.device.state, stored, written: await records.contents() };
}

/** How many declarations AS3 is done with. */
function workedOff({ room: { device } }: FaultRoom): number {
  return device.counters.declares + device.counters.busyRejections;
}
