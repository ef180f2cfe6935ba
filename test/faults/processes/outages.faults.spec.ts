import { busyMessage } from '#apps/bigip-simulator/src/as3/lock';
import { type HttpFault } from '#apps/bigip-simulator/src/faults/faults';
import { hasRedisServer } from '#testing/private-redis';
import { waitFor } from '#testing/wait-for';
import { beforeAll, describe, expect, it } from 'vitest';
import { declarationsIn } from './declarations.js';
import { FaultRoom } from './fault-room.js';
import { type Member } from './members.js';
import { createOwnPlaces, type OwnPlaces } from './places.js';
import { names, places, tenants } from './scenery.js';

/** Something that is away for a while. */
interface Outage {
  readonly begin: () => unknown;
  /** Throws until the outage was felt. */
  readonly isFelt: () => Promise<void>;
  readonly end: () => unknown;
}

/** Of each tenant, before, in the middle and at the end of an outage. */
const changesAtOnce = 3;
/** A change is the end of a pod, a pod in its place, and its address. */
const eventsOfChange = 3;
/** A refusal is asked for anew ever more rarely. */
const mostAttempts = 20;
/** Why tenants wait is written down when it changes. */
const mostReports = 12;
/** Of the few finished ones that are kept, and of what BullMQ notes of its queues. */
const mostKeys = 100;

const withRedis = await hasRedisServer();

describe('promise 9: all processes go on by themselves once they have again what was away', () => {
  let own: OwnPlaces;
  let room: FaultRoom;
  let count = 0;

  beforeAll(async () => {
    own = await createOwnPlaces();
    room = await FaultRoom.open(own, { watcher: 2, projector: 2, worker: 2, api: 1 });
    return () => room.close();
  });

  const change = (): void => {
    for (let number = 0; number < changesAtOnce; number += 1, count += 1)
      for (const { name: tenant } of tenants)
        room.cluster.change({ type: 'pod', tenant, place: count % places, app: names[count % 4 < 2 ? 0 : 1] });
  };

  /** Changes go on meanwhile. What is kept of it all is bounded. */
  const survive = async ({ begin, isFelt, end }: Outage): Promise<void> => {
    const [before, changesBefore] = [await room.records.rows(), count];
    change();
    await begin();
    change();
    await waitFor(isFelt);
    for (const { process } of room.members) expect(await process.get('/healthz')).toEqual({ status: 'ok' });
    change();
    await end();
    await room.settled();
    const after = await room.records.rows();
    expect(after.attempts - before.attempts).toBeLessThanOrEqual(mostAttempts);
    const changes = (count - changesBefore) * tenants.length;
    const told = changes * eventsOfChange + (after.attempts - before.attempts) + mostReports;
    expect(after.events - before.events).toBeLessThanOrEqual(told);
    expect(await own.keys()).toBeLessThanOrEqual(mostKeys);
  };

  /** As `survive`, and when the device is back, one declaration brings each tenant up to date. */
  const surviveWithoutDevice = ({ begin, isFelt, end }: Outage): Promise<void> =>
    survive({
      begin,
      isFelt,
      async end() {
        await room.recorded();
        const { device } = room.room;
        device.clearRequests();
        await end();
        await room.settled();
        expect(declarationsIn(device.requests)).toEqual(tenants.map(({ name }) => name).sort());
      },
    });

  const says = async (member: Member, check: string, state: string): Promise<void> => {
    expect(await member.process.get('/readyz')).toMatchObject({
      ready: state !== 'not-ready',
      checks: expect.arrayContaining([expect.objectContaining({ name: check, state })]) as unknown,
    });
  };
  const allSay = async (app: Member['app'], check: string, state: string): Promise<void> => {
    for (const member of room.of(app)) await says(member, check, state);
  };

  it.runIf(withRedis)('Redis, which loses what nobody had taken yet', () =>
    survive({
      begin: async () => {
        const links = room.of('projector').map(({ links }) => links.get('redis'));
        for (const link of links) await link?.cut();
        const before = await own.keys();
        change();
        await waitFor(async () => {
          expect(await own.keys()).toBeGreaterThan(before);
        });
        await own.redis?.kill();
        for (const link of links) await link?.restore();
      },
      isFelt: () => allSay('worker', 'stream', 'not-ready'),
      end: () => own.redis?.start(),
    }),
  );

  it('PostgreSQL', () =>
    survive({
      begin: () => own.stopPostgres(),
      isFelt: async () => {
        await allSay('worker', 'database', 'not-ready');
        await allSay('projector', 'database', 'not-ready');
      },
      end: () => own.startPostgres(),
    }));

  it('the API server', () =>
    survive({
      begin: () => room.room.cluster.stopListening(),
      isFelt: () => Promise.resolve(),
      end: () => room.room.cluster.listen(),
    }));

  const isDeclaring = () =>
    waitFor(async () => {
      expect((await room.records.rows()).open).toBeGreaterThan(0);
    });
  const answering = (status: number, message = ''): HttpFault => ({
    effect: { kind: 'status', status, body: { message } },
    times: Number.POSITIVE_INFINITY,
  });

  it('a BIG-IP that refuses the password, of which the holder says that it is degraded', () =>
    surviveWithoutDevice({
      begin: () => {
        room.room.device.faults.strikeRequests(answering(401));
      },
      isFelt: async () => says(await room.holder(), 'device', 'degraded'),
      end: () => {
        room.room.device.faults.clear();
      },
    }));

  it('a BIG-IP that is busy', () => {
    let attempts = 0;
    return surviveWithoutDevice({
      begin: async () => {
        attempts = (await room.records.rows()).attempts;
        room.room.device.clearRequests();
        room.room.device.faults.strikeRequests(answering(503, busyMessage));
      },
      isFelt: async () => {
        expect(declarationsIn(room.room.device.requests).length).toBeGreaterThan(4);
        // What AS3 has no time for leaves nothing behind; what was under way before, and what is under way now, is there.
        expect((await room.records.rows()).attempts).toBeLessThanOrEqual(attempts + tenants.length + 1);
      },
      end: () => {
        room.room.device.faults.clear();
      },
    });
  });

  it('a BIG-IP that says nothing any more in the middle of a declaration', () =>
    surviveWithoutDevice({
      begin: async () => {
        await isDeclaring();
        await room.room.device.outage('black-hole');
      },
      isFelt: isDeclaring,
      end: () => room.room.device.outage('refuse', 500),
    }));

  it('leaves the log, the projections and the device as they have to be', () => room.check());
});
