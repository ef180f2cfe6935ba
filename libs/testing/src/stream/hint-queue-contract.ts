import { type HintHandler } from '#stream/ports/hint-queue';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { moment } from './fixtures.js';
import { openStream, type OpenStream, type StreamFactory, type StreamUnderTest } from './stream-under-test.js';

const within = { timeout: 20_000, interval: 20 };

/** What every hint queue keeps, whatever carries it. */
export function describeHintQueue(name: string, create: StreamFactory): void {
  describe(`hint queue on ${name}`, () => {
    let underTest: StreamUnderTest;
    let stream: OpenStream;
    let other: OpenStream;

    beforeEach(async () => {
      underTest = await create();
      stream = openStream(underTest.location);
      other = openStream(underTest.location);
      await stream.prepare();
    });

    afterEach(async () => {
      await Promise.all([stream.close(), other.close()]);
      await underTest.drop();
    });

    it('makes one handling of all hints for a device that came before it', async () => {
      const handled: string[] = [];
      for (const device of ['bigip-1', 'bigip-1', 'bigip-2', 'bigip-1']) await stream.hints.hint(device);
      await stream.hints.consumeHints(recordTo(handled));
      await stream.hints.hint('last');
      await vi.waitFor(() => {
        expect(handled).toEqual(['bigip-1', 'bigip-2', 'last']);
      }, within);
    });

    it('makes one more handling of all hints that come during one', async () => {
      const handled: string[] = [];
      const first = moment();
      const goOn = moment();
      await stream.hints.consumeHints(async (device) => {
        handled.push(device);
        first.reach();
        await goOn.reached;
      });
      await stream.hints.hint('bigip-1');
      await first.reached;
      for (let times = 0; times < 5; times += 1) await other.hints.hint('bigip-1');
      goOn.reach();
      await vi.waitFor(() => {
        expect(handled).toEqual(['bigip-1', 'bigip-1']);
      }, within);
      await other.hints.hint('last');
      await vi.waitFor(() => {
        expect(handled).toEqual(['bigip-1', 'bigip-1', 'last']);
      }, within);
    });

    it('never lets two consumers handle one device, and lets them handle two', async () => {
      const active = new Map<string, number>();
      const handled: string[] = [];
      let together = 0;
      let most = 0;
      const handler: HintHandler = async (device) => {
        active.set(device, (active.get(device) ?? 0) + 1);
        most = Math.max(most, active.get(device) ?? 0);
        await vi.waitFor(() => {
          const devices = [...active.values()].filter((count) => count > 0).length;
          together = Math.max(together, devices);
          expect(together).toBe(2);
        }, within);
        active.set(device, (active.get(device) ?? 0) - 1);
        handled.push(device);
      };
      await stream.hints.consumeHints(handler);
      await other.hints.consumeHints(handler);
      for (let times = 0; times < 10; times += 1) {
        await stream.hints.hint('bigip-1');
        await other.hints.hint('bigip-2');
      }
      await vi.waitFor(() => {
        expect(new Set(handled)).toEqual(new Set(['bigip-1', 'bigip-2']));
      }, within);
      expect(most).toBe(1);
    });

    it('lets a hint go whose handler fails, and takes the next one for the same device', async () => {
      const handled: string[] = [];
      await stream.hints.consumeHints((device) => {
        handled.push(device);
        return handled.length === 1 ? Promise.reject(new Error('lease taken')) : Promise.resolve();
      });
      await stream.hints.hint('bigip-1');
      await vi.waitFor(async () => {
        expect(await stream.metric('ces_stream_handle_failures_total')).toBe(1);
      }, within);
      await stream.hints.hint('bigip-1');
      await vi.waitFor(() => {
        expect(handled).toEqual(['bigip-1', 'bigip-1']);
      }, within);
      await stream.hints.hint('last');
      await vi.waitFor(() => {
        expect(handled).toEqual(['bigip-1', 'bigip-1', 'last']);
      }, within);
    });

    it('gives what a closing consumer did not finish to another one', async () => {
      const handled: string[] = [];
      const started = moment();
      const first = await stream.hints.consumeHints((_device, signal) => {
        started.reach();
        return new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            reject(new Error('interrupted'));
          });
        });
      });
      await stream.hints.hint('bigip-1');
      await started.reached;
      await first.close();
      await other.hints.consumeHints(recordTo(handled));
      await vi.waitFor(() => {
        expect(handled).toEqual(['bigip-1']);
      }, within);
    });

    it('goes on when the backend has lost everything', async () => {
      const handled: string[] = [];
      await stream.hints.hint('bigip-1');
      await underTest.forget();
      await stream.hints.consumeHints(recordTo(handled));
      await stream.hints.hint('bigip-1');
      await vi.waitFor(() => {
        expect(handled).toEqual(['bigip-1']);
      }, within);
      await underTest.forget();
      await stream.hints.hint('bigip-1');
      await vi.waitFor(() => {
        expect(handled).toEqual(['bigip-1', 'bigip-1']);
      }, within);
    });
  });
}

function recordTo(handled: string[]): HintHandler {
  return (device) => {
    handled.push(device);
    return Promise.resolve();
  };
}
