import { type ChangeHandler } from '#stream/ports/change-stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startTcpProxy, type TcpProxy } from '../tcp-proxy.js';
import { done, message, moment, numberOf, range, recordNumbers } from './fixtures.js';
import { openStream, type OpenStream, type StreamFactory, type StreamUnderTest } from './stream-under-test.js';

const cluster = 'east';
const within = { timeout: 30_000, interval: 20 };

/** What every stream keeps while its backend comes and goes. */
export function describeStreamOutages(name: string, create: StreamFactory): void {
  describe(`outages of the stream on ${name}`, () => {
    let underTest: StreamUnderTest;
    let network: TcpProxy;
    /** Reaches the backend through `network`. */
    let remote: OpenStream;
    /** Reaches it always. */
    let near: OpenStream;
    let received: number[];

    beforeEach(async () => {
      underTest = await create();
      network = await startTcpProxy(underTest.location.url);
      remote = openStream({ ...underTest.location, url: network.url }, { timeout: 1_000 });
      near = openStream(underTest.location);
      received = [];
      await near.prepare();
    });

    afterEach(async () => {
      await network.restore();
      await Promise.all([remote.close(), near.close()]);
      await network.close();
      await underTest.drop();
    });

    it('promise 9: a publisher waits while the backend is away, and goes on when it is back', async () => {
      const publisher = remote.changes.publisher(cluster);
      await publisher.publish(message(cluster, 1));
      await network.cut();
      const waiting = Promise.all([2, 3].map((number) => publisher.publish(message(cluster, number))));
      await vi.waitFor(async () => {
        expect(await remote.metric('ces_stream_publish_failures_total')).toBeGreaterThan(1);
      }, within);
      await network.restore();
      await waiting;
      await near.changes.consume(cluster, recordNumbers(received));
      await vi.waitFor(() => {
        expect(received).toEqual([1, 2, 3]);
      }, within);
    });

    it('promise 9: publisher and consumer that start while the backend is away go on when it is there', async () => {
      await network.cut();
      const published = remote.changes.publisher(cluster).publish(message(cluster, 1));
      await remote.changes.consume(cluster, recordNumbers(received));
      await vi.waitFor(async () => {
        expect(await remote.metric('ces_stream_publish_failures_total')).toBeGreaterThan(1);
      }, within);
      expect((await remote.health()).state).toBe('not-ready');
      await network.restore();
      await published;
      await vi.waitFor(() => {
        expect(received).toEqual([1]);
      }, within);
      expect(await remote.health()).toEqual({ state: 'ready' });
    });

    it('a publisher notices a backend that says nothing any more, and adds nothing twice', async () => {
      const publisher = remote.changes.publisher(cluster);
      await publisher.publish(message(cluster, 1));
      network.freeze();
      const waiting = publisher.publish(message(cluster, 2));
      await vi.waitFor(async () => {
        expect(await remote.metric('ces_stream_publish_failures_total')).toBeGreaterThan(0);
      }, within);
      await network.restore();
      await waiting;
      await near.changes.consume(cluster, recordNumbers(received));
      await near.changes.publisher(cluster).publish(message(cluster, 3));
      await vi.waitFor(() => {
        expect(received).toEqual([1, 2, 3]);
      }, within);
    });

    it('promise 9: a consumer goes on by itself after an outage', async () => {
      await remote.changes.consume(cluster, recordNumbers(received));
      const publisher = near.changes.publisher(cluster);
      await publisher.publish(message(cluster, 1));
      await vi.waitFor(() => {
        expect(received).toEqual([1]);
      }, within);
      await network.cut();
      for (const number of [2, 3]) await publisher.publish(message(cluster, number));
      await network.restore();
      await vi.waitFor(() => {
        expect(received).toEqual([1, 2, 3]);
      }, within);
    });

    it('a handled message is not handled again because the backend was away for a moment', async () => {
      const handling = moment();
      const goOn = moment();
      await remote.changes.consume(cluster, async (taken) => {
        received.push(numberOf(taken));
        handling.reach();
        await goOn.reached;
        return done;
      });
      await near.changes.publisher(cluster).publish(message(cluster, 1));
      await handling.reached;
      await network.cut();
      goOn.reach();
      await network.restore();
      await near.changes.publisher(cluster).publish(message(cluster, 2));
      await vi.waitFor(() => {
        expect(received).toEqual([1, 2]);
      }, within);
    });

    it('tells a handler that its lease is lost, and lets another consumer handle the message', async () => {
      const lost = moment<unknown>();
      const started = moment();
      const isolated = openStream(
        { ...underTest.location, url: network.url },
        { worker: { fetchTimeout: 300, lockDuration: 1_000, stalledInterval: 300 }, timeout: 1_000 },
      );
      await isolated.changes.consume(cluster, (_taken, signal) => {
        started.reach();
        return new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            lost.reach(signal.reason);
            reject(new Error('interrupted'));
          });
        });
      });
      for (const number of [1, 2]) await near.changes.publisher(cluster).publish(message(cluster, number));
      await started.reached;
      network.freeze();
      await near.changes.consume(cluster, recordNumbers(received));
      expect(await lost.reached).toMatchObject({ name: 'LeaseLostError' });
      await vi.waitFor(() => {
        expect(received).toEqual([1, 2]);
      }, within);
      await network.restore();
      await isolated.close();
      expect(await isolated.metric('ces_stream_lost_leases_total')).toBe(1);
    });

    it('publisher and consumers go on when the backend has lost everything, still one at a time', async () => {
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
      await near.changes.consume(cluster, handler);
      await remote.changes.consume(cluster, handler);
      const publisher = near.changes.publisher(cluster);
      await publisher.publish(message(cluster, 1));
      await vi.waitFor(() => {
        expect(received).toEqual([1]);
      }, within);
      await underTest.forget();
      await publisher.publish(message(cluster, 2));
      await vi.waitFor(() => {
        expect(received).toEqual([1, 2]);
      }, within);
      await vi.waitFor(async () => {
        expect(await underTest.concurrency(cluster)).toBe(1);
      }, within);
      for (const number of range(3, 30)) await publisher.publish(message(cluster, number));
      await vi.waitFor(() => {
        expect(received).toEqual(range(1, 30));
      }, within);
      expect(most).toBe(1);
    });

    it('a hint fails within seconds while the backend is away', async () => {
      await network.cut();
      await expect(remote.hints.hint('bigip-1')).rejects.toThrow(/ECONNREFUSED|no answer within 1000 ms/);
    });
  });
}
