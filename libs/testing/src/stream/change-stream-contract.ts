import { type StreamMessage } from '#core/change';
import { type ChangeHandler, type Verdict } from '#stream/ports/change-stream';
import { StreamClosedError } from '#stream/ports/stream-backend';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { done, message, moment, numberOf, range, recordNumbers, recordTo } from './fixtures.js';
import { openStream, type OpenStream, type StreamFactory, type StreamUnderTest } from './stream-under-test.js';

const cluster = 'east:1';
const within = { timeout: 20_000, interval: 20 };

/** What every change stream keeps, whatever carries it. */
export function describeChangeStream(name: string, create: StreamFactory): void {
  describe(`change stream on ${name}`, () => {
    let underTest: StreamUnderTest;
    let stream: OpenStream;
    const streams: OpenStream[] = [];

    const open: typeof openStream = (location, tuning) => {
      const opened = openStream(location, tuning);
      streams.push(opened);
      return opened;
    };

    beforeEach(async () => {
      underTest = await create();
      stream = open(underTest.location);
      await stream.prepare();
    });

    afterEach(async () => {
      await Promise.all(streams.splice(0).map((opened) => opened.close()));
      await underTest.drop();
    });

    async function publish(numbers: readonly number[], from: OpenStream = stream): Promise<void> {
      const publisher = from.changes.publisher(cluster);
      for (const number of numbers) await publisher.publish(message(cluster, number));
      await publisher.close();
    }

    it('is prepared any number of times, by several processes at once', async () => {
      await Promise.all([stream.prepare(), open(underTest.location).prepare(), open(underTest.location).prepare()]);
      expect(await stream.health()).toEqual({ state: 'ready' });
    });

    it('hands on every message as it was, in order', async () => {
      const received: StreamMessage[] = [];
      await publish(range(1, 40));
      await stream.changes.consume(cluster, recordTo(received));
      await publish(range(41, 60));
      await vi.waitFor(() => {
        expect(received).toHaveLength(60);
      }, within);
      expect(received).toEqual(range(1, 60).map((number) => message(cluster, number)));
    });

    it('hands on text that a database may refuse', async () => {
      const received: StreamMessage[] = [];
      const text = 'nul \u0000, half \ud800, ünïcödé 🦦';
      const observedAt = '2026-01-02T03:04:05Z';
      const configuration: StreamMessage = { version: 1, form: 'configuration', cluster, observedAt, text };
      await stream.changes.publisher(cluster).publish(configuration);
      await stream.changes.consume(cluster, recordTo(received));
      await vi.waitFor(() => {
        expect(received).toEqual([configuration]);
      }, within);
    });

    it('keeps the order of calls that were not awaited', async () => {
      const received: number[] = [];
      const publisher = stream.changes.publisher(cluster);
      await Promise.all(range(1, 30).map((number) => publisher.publish(message(cluster, number))));
      await stream.changes.consume(cluster, recordNumbers(received));
      await vi.waitFor(() => {
        expect(received).toEqual(range(1, 30));
      }, within);
    });

    it('gives the messages of a cluster to one consumer at a time, in order', async () => {
      const received: number[] = [];
      let handling = 0;
      let most = 0;
      const handler: ChangeHandler = async (taken) => {
        handling += 1;
        most = Math.max(most, handling);
        await new Promise(setImmediate);
        received.push(numberOf(taken));
        handling -= 1;
        return done;
      };
      for (const consumer of [stream, open(underTest.location), open(underTest.location)]) {
        await consumer.changes.consume(cluster, handler);
      }
      await publish(range(1, 40));
      await vi.waitFor(() => {
        expect(received).toHaveLength(40);
      }, within);
      expect(received).toEqual(range(1, 40));
      expect(most).toBe(1);
    });

    it('keeps clusters apart', async () => {
      const received: StreamMessage[] = [];
      await stream.changes.consume('west', recordTo(received));
      await publish([1]);
      await stream.changes.publisher('west').publish(message('west', 2));
      await vi.waitFor(() => {
        expect(received).toEqual([message('west', 2)]);
      }, within);
      expect(await stream.changes.statistics(cluster)).toMatchObject({ waiting: 1 });
    });

    it('gives the same message again while its handler has trouble, and those behind it wait', async () => {
      const attempts: number[] = [];
      await publish([1, 2]);
      await stream.changes.consume(cluster, (taken) => {
        attempts.push(numberOf(taken));
        return attempts.length < 4 ? Promise.reject(new Error('the database restarts')) : Promise.resolve(done);
      });
      await vi.waitFor(() => {
        expect(attempts).toEqual([1, 1, 1, 1, 2]);
      }, within);
    });

    it('sets aside what its handler calls poisoned, and goes on', async () => {
      const received: number[] = [];
      await publish([1, 2, 3]);
      await stream.changes.consume(cluster, (taken) => {
        received.push(numberOf(taken));
        const poisoned: Verdict = { outcome: 'poisoned', reason: 'a pod with two souls' };
        return Promise.resolve(numberOf(taken) === 2 ? poisoned : done);
      });
      await vi.waitFor(async () => {
        expect(received).toEqual([1, 2, 3]);
        expect(await stream.changes.statistics(cluster)).toEqual({ waiting: 0, setAside: 1, oldest: null });
        expect(await stream.metric('ces_stream_set_aside_jobs')).toBe(1);
      }, within);
      const [aside] = await stream.changes.listSetAside(cluster);
      expect(aside).toMatchObject({ reason: 'a pod with two souls', text: JSON.stringify(message(cluster, 2)) });
      expect(await stream.metric('ces_stream_set_aside_total')).toBe(1);
    });

    it('sets aside what is no message, or one of an unknown version, and goes on', async () => {
      const received: StreamMessage[] = [];
      await underTest.addRaw(cluster, JSON.stringify({ ...message(cluster, 1), version: 7 }));
      await underTest.addRaw(cluster, '{"version": 1, "form"');
      await underTest.addRaw(cluster, { version: 1 });
      await underTest.addRaw(
        cluster,
        JSON.stringify({ ...message(cluster, 1), spans: [{ kind: 'Pod', from: 'x', to: '1' }] }),
      );
      await publish([5]);
      await stream.changes.consume(cluster, recordTo(received));
      await vi.waitFor(() => {
        expect(received).toEqual([message(cluster, 5)]);
      }, within);
      const reasons = (await stream.changes.listSetAside(cluster)).map(({ reason }) => reason);
      expect(reasons.sort()).toEqual([
        expect.stringContaining('expected JSON, found text of 21 characters'),
        expect.stringContaining('expected the text of a message, found a value of type object'),
        expect.stringContaining('expected version 1, found 7'),
        expect.stringContaining('spans.0.from'),
      ]);
    });

    it('keeps a bounded number of messages that were set aside, and of those that are done', async () => {
      const retention = { completed: { count: 4, age: 3_600 }, setAside: { count: 3, age: 3_600 } };
      const bounded = open(underTest.location, { retention });
      let handled = 0;
      await publish(range(1, 20), bounded);
      await bounded.changes.consume(cluster, (taken) => {
        handled += 1;
        const odd = numberOf(taken) % 2 === 1;
        return Promise.resolve(odd ? { outcome: 'poisoned', reason: `odd ${numberOf(taken)}` } : done);
      });
      await vi.waitFor(async () => {
        expect(handled).toBe(20);
        expect(await bounded.changes.statistics(cluster)).toEqual({ waiting: 0, setAside: 3, oldest: null });
      }, within);
      expect(await underTest.countCompleted(cluster)).toBe(4);
      const kept = (await bounded.changes.listSetAside(cluster)).map(({ reason }) => reason);
      expect(kept).toEqual(['odd 19', 'odd 17', 'odd 15']);
    });

    it('lets a publisher wait while the line is full, until there is room again', async () => {
      const received: number[] = [];
      let published = 0;
      const small = open(underTest.location, { capacity: 5 });
      const publisher = small.changes.publisher(cluster);
      const all = range(1, 12).map((number) =>
        publisher.publish(message(cluster, number)).then(() => {
          published += 1;
        }),
      );
      await vi.waitFor(async () => {
        expect(await small.metric('ces_stream_full')).toBe(1);
      }, within);
      expect(published).toBe(5);
      expect((await small.changes.statistics(cluster)).waiting).toBe(5);
      await small.changes.consume(cluster, recordNumbers(received));
      await Promise.all(all);
      await vi.waitFor(() => {
        expect(received).toEqual(range(1, 12));
      }, within);
      expect(await small.metric('ces_stream_full')).toBe(0);
    });

    it('ends a publisher that waits, by its signal or by closing it', async () => {
      const full = open(underTest.location, { capacity: 1 });
      const publisher = full.changes.publisher(cluster);
      await publisher.publish(message(cluster, 1));
      const given = new AbortController();
      const aborted = publisher.publish(message(cluster, 2), given.signal);
      const closed = publisher.publish(message(cluster, 3));
      given.abort(new Error('no longer the leader'));
      await expect(aborted).rejects.toThrow('no longer the leader');
      await Promise.all([expect(closed).rejects.toThrow(StreamClosedError), publisher.close()]);
      await expect(publisher.publish(message(cluster, 4))).rejects.toThrow(StreamClosedError);
      expect(await stream.changes.statistics(cluster)).toMatchObject({ waiting: 1 });
    });

    it('gives what a closing consumer did not finish to the next one, before all that came later', async () => {
      const received: number[] = [];
      await publish([1, 2, 3]);
      const started = moment();
      const first = await stream.changes.consume(cluster, (_taken, signal) => {
        started.reach();
        return new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            reject(new Error('interrupted'));
          });
        });
      });
      await started.reached;
      await first.close();
      await stream.changes.consume(cluster, recordNumbers(received));
      await vi.waitFor(() => {
        expect(received).toEqual([1, 2, 3]);
      }, within);
    });

    it('says how many messages wait and since when', async () => {
      expect(await stream.changes.statistics(cluster)).toEqual({ waiting: 0, setAside: 0, oldest: null });
      const before = Date.now();
      await publish([1, 2, 3]);
      const { waiting, oldest } = await stream.changes.statistics(cluster);
      expect(waiting).toBe(3);
      expect(oldest?.getTime()).toBeGreaterThanOrEqual(before);
      expect(oldest?.getTime()).toBeLessThanOrEqual(Date.now());
    });
  });
}
