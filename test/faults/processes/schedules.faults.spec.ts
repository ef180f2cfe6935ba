import { beforeAll, describe, expect, it } from 'vitest';
import { FaultRoom } from './fault-room.js';
import { createPlaces } from './places.js';
import { play } from './played-schedule.js';
import { scheduleOf } from './schedule.js';

const steps = 6;

describe('promises 1 to 7 and 9 with processes that crash, pause, and lose each other', () => {
  let room: FaultRoom;

  beforeAll(async () => {
    room = await FaultRoom.open(await createPlaces(), { watcher: 2, projector: 2, worker: 2, api: 1 });
    return () => room.close();
  });

  it.each([1, 2, 3])('seed %i', async (seed) => {
    const schedule = scheduleOf(seed, steps);
    try {
      await play(schedule, room);
      await room.check();
    } catch (error) {
      const told = schedule.map((step) => JSON.stringify(step)).join('\n');
      expect.fail(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n${told}`);
    }
  });
});
