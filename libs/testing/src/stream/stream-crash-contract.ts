import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startTypeScript, type TypeScriptProcess } from '../typescript-process.js';
import { message, recordNumbers } from './fixtures.js';
import { openStream, type OpenStream, type StreamFactory, type StreamUnderTest } from './stream-under-test.js';

const cluster = 'east';
const within = { timeout: 20_000, interval: 20 };

/** What every change stream keeps when a consumer in another process dies or stands still. */
export function describeStreamCrashes(name: string, create: StreamFactory): void {
  describe(`crashes of consumers of the stream on ${name}`, () => {
    let underTest: StreamUnderTest;
    let stream: OpenStream;
    const processes: TypeScriptProcess[] = [];

    beforeEach(async () => {
      underTest = await create();
      stream = openStream(underTest.location);
      await stream.prepare();
    });

    afterEach(async () => {
      await Promise.all(processes.splice(0).map((process) => process.kill()));
      await stream.close();
      await underTest.drop();
    });

    async function publish(numbers: readonly number[]): Promise<void> {
      const publisher = stream.changes.publisher(cluster);
      for (const number of numbers) await publisher.publish(message(cluster, number));
    }

    it('promise 3: gives the message of a consumer that was killed to another one, before all that came later', async () => {
      const received: number[] = [];
      await publish([1, 2, 3]);
      const victim = startConsumer(4_000);
      await vi.waitFor(() => {
        expect(victim.lines, victim.errors()).toEqual(['1']);
      }, within);
      await stream.changes.consume(cluster, recordNumbers(received));
      const killed = performance.now();
      await victim.kill();
      await vi.waitFor(() => {
        expect(received).toEqual([1, 2, 3]);
      }, within);
      expect(performance.now() - killed).toBeLessThan(10_000);
    });

    it("sets aside a message that took its consumer's life too often", async () => {
      const received: number[] = [];
      const careful = openStream(underTest.location, { poisonedAfter: 0 });
      await publish([1, 2]);
      const victim = startConsumer(1_000);
      await vi.waitFor(() => {
        expect(victim.lines, victim.errors()).toEqual(['1']);
      }, within);
      await victim.kill();
      await careful.changes.consume(cluster, recordNumbers(received));
      await vi.waitFor(() => {
        expect(received).toEqual([2]);
      }, within);
      await careful.close();
      expect(await stream.changes.listSetAside(cluster)).toMatchObject([
        { reason: 'consumers that died while they handled it: 1' },
      ]);
    });

    it('lets another consumer handle the message of one that stands still, and tells that one', async () => {
      const received: number[] = [];
      await publish([1, 2]);
      const blocked = startConsumer(1_000, 4_000);
      await vi.waitFor(() => {
        expect(blocked.lines, blocked.errors()).toEqual(['1']);
      }, within);
      await stream.changes.consume(cluster, recordNumbers(received));
      await vi.waitFor(() => {
        expect(received).toEqual([1, 2]);
        expect(blocked.lines).toEqual(['1', expect.stringContaining('LeaseLostError')]);
      }, within);
      expect(await stream.changes.statistics(cluster)).toEqual({ waiting: 0, setAside: 0, oldest: null });
    });

    function startConsumer(lockDuration: number, block: number | null = null): TypeScriptProcess {
      const module = new URL('./stream-contract-consumer.ts', import.meta.url);
      const process = startTypeScript(module, { location: { ...underTest.location }, cluster, lockDuration, block });
      processes.push(process);
      return process;
    }
  });
}
