import { beforeAll, describe, expect, it } from 'vitest';
import { type FaultRoom } from './fault-room.js';
import { openRoomOfWorkers, playInterrupted } from './interrupted-cycle.js';
import { points } from './points.js';

describe('promises 1, 2, 6, 7 and 9 with a worker that is killed in the middle of a declaration', () => {
  let room: FaultRoom;

  beforeAll(async () => {
    room = await openRoomOfWorkers();
    return () => room.close();
  });

  it.each(points)('$name', async (point) => {
    let restarted: Promise<void> = Promise.resolve();
    const { worker, attempts, epoch } = await playInterrupted(room, point, {
      strike: (struck) => {
        restarted = struck.crash();
        return false;
      },
      before: { type: 'pod', tenant: 'shop', place: 5, app: 'a' },
      // Its address goes to a pod that may reach something else.
      meanwhile: { type: 'pod', tenant: 'shop', place: 5, app: 'b' },
    });
    await restarted;
    await worker.process.ready();
    const own = { tenant: 'shop', epoch: epoch + 1, purpose: 'change', outcome: 'applied' };
    const found = { tenant: 'shop', epoch, purpose: 'change', outcome: point.attempt };
    expect(attempts).toEqual(point.attempt === null ? [own] : [found, own]);
  });

  it('leaves the log, the projections and the device as they have to be', () => room.check());
});
