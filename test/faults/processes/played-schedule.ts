import { vi } from 'vitest';
import { type FaultRoom } from './fault-room.js';
import { type Incident, type Step } from './schedule.js';

/** Whoever has nothing to say to a peer feels nothing: after so many milliseconds the fault ends all the same. */
const limit = { timeout: 5_000, interval: 20 };

/** Plays a schedule: changes go on while faults come and go. Nothing waits for anything to be in order, unless the step says so. */
export async function play(schedule: readonly Step[], room: FaultRoom): Promise<void> {
  for (const { before, incident, during, felt, settles } of schedule) {
    for (const change of before) room.cluster.change(change);
    const end = await strike(incident, felt, room);
    for (const change of during) room.cluster.change(change);
    await end();
    if (settles) await room.settled();
  }
}

/** Gives what ends it, once it was felt. */
async function strike(incident: Incident, times: number, room: FaultRoom): Promise<() => Promise<void>> {
  const { cluster, device } = room.room;
  switch (incident.type) {
    case 'network': {
      const [app, peer] = incident.link;
      const link = room.of(app)[incident.which]?.links.get(peer);
      // Without a Redis, the stream is in the database.
      if (link === undefined) return () => Promise.resolve();
      const already = link.felt;
      if (incident.fault === 'delay') link.delay(200 * times);
      else await link[incident.fault]();
      return async () => {
        await until(() => link.felt >= already + times);
        await link.restore();
      };
    }
    case 'crash':
      await room.of(incident.app)[incident.which]?.crash();
      return () => Promise.resolve();
    case 'pause': {
      const paused = room.of(incident.app)[incident.which]?.process;
      paused?.pause();
      return async () => {
        // The others do its work, and it finds everything done.
        await room.settled();
        paused?.resume();
      };
    }
    case 'device': {
      if (incident.fault === 'reboot') {
        await device.reboot(500 * times);
        return () => Promise.resolve();
      }
      const effects = {
        'status-503': { kind: 'status', status: 503 },
        'status-401': { kind: 'status', status: 401 },
        'lose-answer': { kind: 'lose-answer' },
        'cut-short': { kind: 'cut-short' },
      } as const;
      const before = device.requests.length;
      device.faults.strikeRequests({ effect: effects[incident.fault], times });
      return async () => {
        await until(() => device.requests.length >= before + times);
        device.faults.clear();
      };
    }
    case 'status-writes': {
      const { fault } = incident;
      const target = { verb: 'patch', times } as const;
      cluster.inject(fault === 'status' ? { fault, code: 503, ...target } : { fault, ...target });
      return async () => {
        await until(() => cluster.plannedFaults.length === 0);
        cluster.clearFaults();
      };
    }
    case 'compaction':
      cluster.compact();
      return () => Promise.resolve();
  }
}

async function until(isSo: () => boolean): Promise<void> {
  const check = () => {
    if (!isSo()) throw new Error('not yet');
  };
  await vi.waitFor(check, limit).catch(() => undefined);
}
