import { z } from 'zod';
import { numberOf } from './messages.js';
import { openStream } from './stream-under-test.js';

const inputSchema = z.object({
  location: z.object({ backend: z.enum(['redis', 'postgres']), url: z.string(), prefix: z.string() }),
  cluster: z.string(),
  lockDuration: z.number(),
});

/** Takes a cluster's first message, prints its number, and never ends: to be killed. */
export async function run(input: unknown): Promise<void> {
  const { location, cluster, lockDuration } = inputSchema.parse(input);
  const worker = { fetchTimeout: 300, lockDuration, stalledInterval: 300 };
  const stream = openStream(location, { worker });
  await stream.changes.consume(cluster, (taken) => {
    process.stdout.write(`${numberOf(taken)}\n`);
    return new Promise(() => undefined);
  });
}
