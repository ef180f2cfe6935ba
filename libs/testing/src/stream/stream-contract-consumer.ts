import { z } from 'zod';
import { numberOf } from './fixtures.js';
import { openStream } from './stream-under-test.js';

const inputSchema = z.object({
  location: z.object({ backend: z.enum(['redis', 'postgres']), url: z.string(), prefix: z.string() }),
  cluster: z.string(),
  lockDuration: z.number(),
  /** To be killed, or to stand still for that many milliseconds. */
  block: z.number().nullable(),
});

/**
 * Takes a cluster's first message, prints its number, and never ends it; or blocks its event loop, and prints why it
 * lost its lease.
 */
export async function run(input: unknown): Promise<void> {
  const { location, cluster, lockDuration, block } = inputSchema.parse(input);
  const worker = { fetchTimeout: 300, lockDuration, stalledInterval: 300 };
  const stream = openStream(location, { worker });
  await stream.changes.consume(cluster, (taken, signal) => {
    process.stdout.write(`${numberOf(taken)}\n`);
    if (block !== null) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, block);
    return new Promise((resolve) => {
      signal.addEventListener('abort', () => {
        process.stdout.write(`${String(signal.reason)}\n`);
        resolve({ outcome: 'done' });
      });
    });
  });
}
