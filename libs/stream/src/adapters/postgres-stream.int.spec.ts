import { describeChangeStream } from '#testing/stream/change-stream-contract';
import { describeHintQueue } from '#testing/stream/hint-queue-contract';
import { describeStreamCrashes } from '#testing/stream/stream-crash-contract';
import { describeStreamOutages } from '#testing/stream/stream-outage-contract';
import { openStream, type StreamUnderTest } from '#testing/stream/stream-under-test';
import { createTestDatabase, type TestDatabase } from '#testing/test-database';
import { testPrefix } from '#testing/test-redis';
import { createPostgresBackend, withBackend } from 'bullmq';
import { Client } from 'pg';
import { waitFor } from '#testing/wait-for';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { changeQueueName } from '../domain/queue-names.js';

const { Queue } = withBackend(createPostgresBackend);

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

async function create(): Promise<StreamUnderTest> {
  const { url } = database;
  const prefix = testPrefix();
  const client = new Client({ connectionString: url });
  await client.connect();
  const withQueue = async <Result>(cluster: string, use: (queue: InstanceType<typeof Queue>) => Promise<Result>) => {
    const queue = new Queue(changeQueueName(cluster), {
      connection: { connectionString: url, schema: prefix, max: 1 },
    });
    try {
      return await use(queue);
    } finally {
      await queue.close();
    }
  };
  return {
    location: { backend: 'postgres', url, prefix },
    addRaw: (cluster, data) => withQueue(cluster, (queue) => queue.add('raw', data)),
    countCompleted: (cluster) => withQueue(cluster, (queue) => queue.getCompletedCount()),
    concurrency: (cluster) => withQueue(cluster, (queue) => queue.getGlobalConcurrency()),
    async forget() {
      const tables = ['job', 'meta', 'dedup', 'dedup_next', 'event'].map((table) => `"${prefix}".${table}`).join();
      await waitFor(async () => {
        // A consumer that takes locks on these tables in another order may be in the way.
        await client.query(`TRUNCATE ${tables} CASCADE`);
      });
    },
    async drop() {
      await client.query(`DROP SCHEMA IF EXISTS "${prefix}" CASCADE`);
      await client.end();
    },
  };
}

describeChangeStream('PostgreSQL', create);
describeStreamCrashes('PostgreSQL', create);
describeHintQueue('PostgreSQL', create);
describeStreamOutages('PostgreSQL', create);

describe('health of the stream on PostgreSQL', () => {
  it('names the remedy when the schema is missing', async () => {
    const underTest = await create();
    const stream = openStream(underTest.location);
    expect(await stream.health()).toEqual({
      state: 'not-ready',
      reason: `The stream's schema ${underTest.location.prefix} is missing or older than this program; run npm run migrate.`,
    });
    await stream.close();
    await underTest.drop();
  });
});
