import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCertificates } from '#platform/certificates';
import { freePort, hasRedisServer, startPrivateRedis } from '#testing/private-redis';
import { startPrivateSentinel } from '#testing/private-sentinel';
import { describeChangeStream } from '#testing/stream/change-stream-contract';
import { describeHintQueue } from '#testing/stream/hint-queue-contract';
import { message, recordNumbers } from '#testing/stream/fixtures';
import { describeStreamCrashes } from '#testing/stream/stream-crash-contract';
import { describeStreamOutages } from '#testing/stream/stream-outage-contract';
import { openStream, type StreamUnderTest } from '#testing/stream/stream-under-test';
import { testPrefix, testRedisUrl } from '#testing/test-redis';
import { startTypeScript } from '#testing/typescript-process';
import { createRedisBackend, withBackend } from 'bullmq';
import { Redis } from 'ioredis';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { changeQueueName } from '../domain/queue-names.js';

const { Queue } = withBackend(createRedisBackend);

const url = testRedisUrl();
const ownServer = await hasRedisServer();
if (!ownServer) process.stderr.write('[tests] No redis-server on the PATH: restarts of Redis are not tested\n');

function create(): Promise<StreamUnderTest> {
  if (url === undefined) throw new Error('There is no REDIS_URL.');
  const prefix = testPrefix();
  const redis = new Redis(url);
  const withQueue = async <Result>(cluster: string, use: (queue: InstanceType<typeof Queue>) => Promise<Result>) => {
    const queue = new Queue(changeQueueName(cluster), { connection: { url }, prefix });
    try {
      return await use(queue);
    } finally {
      await queue.close();
    }
  };
  const forget = async () => {
    const keys = await redis.keys(`${prefix}:*`);
    if (keys.length > 0) await redis.del(keys);
  };
  return Promise.resolve({
    location: { backend: 'redis', url, prefix },
    addRaw: (cluster, data) => withQueue(cluster, (queue) => queue.add('raw', data)),
    countCompleted: (cluster) => withQueue(cluster, (queue) => queue.getCompletedCount()),
    concurrency: (cluster) => withQueue(cluster, (queue) => queue.getGlobalConcurrency()),
    forget,
    async drop() {
      await forget();
      redis.disconnect();
    },
  });
}

describe.runIf(url !== undefined)('with REDIS_URL', () => {
  describeChangeStream('Redis', create);
  describeStreamCrashes('Redis', create);
  describeHintQueue('Redis', create);
  describeStreamOutages('Redis', create);

  it('sets aside a message that somebody damaged in Redis, and goes on', async () => {
    const received: number[] = [];
    const underTest = await create();
    onTestFinished(() => underTest.drop());
    const stream = openStream(underTest.location);
    onTestFinished(() => stream.close());
    const redis = new Redis(underTest.location.url);
    onTestFinished(() => {
      redis.disconnect();
    });
    const publisher = stream.changes.publisher('east');
    for (const number of [1, 2]) await publisher.publish(message('east', number));
    const [first] = await redis.lrange(`${underTest.location.prefix}:changes.east:wait`, -1, -1);
    await redis.hset(`${underTest.location.prefix}:changes.east:${String(first)}`, 'data', '{"broken');
    await stream.changes.consume('east', recordNumbers(received));
    await vi.waitFor(() => {
      expect(received).toEqual([2]);
    }, 20_000);
    expect(await stream.changes.listSetAside('east')).toMatchObject([{ text: '{"unreadable":"{\\"broken"}' }]);
  });
});

describe.runIf(ownServer)('with a Redis of its own', () => {
  /** A stream that has carried its first message. */
  async function publishing(url: string) {
    const received: number[] = [];
    const stream = openStream({ backend: 'redis', url, prefix: 'ces_test' });
    onTestFinished(() => stream.close());
    await stream.changes.consume('east', recordNumbers(received));
    const publisher = stream.changes.publisher('east');
    await publisher.publish(message('east', 1));
    await vi.waitFor(() => {
      expect(received).toEqual([1]);
    }, 20_000);
    return { stream, publisher, received };
  }

  it('promise 9: publisher and consumer go on by themselves when Redis comes back empty', async () => {
    const redis = await startPrivateRedis();
    onTestFinished(() => redis.remove());
    const { stream, publisher, received } = await publishing(redis.url);
    await redis.kill();
    const waiting = publisher.publish(message('east', 2));
    expect(await stream.health()).toMatchObject({ state: 'not-ready' });
    await redis.start();
    await waiting;
    await vi.waitFor(() => {
      expect(received).toEqual([1, 2]);
    }, 20_000);
  });

  it('promise 9: publisher and consumer go over to the new master when the old one is gone', async () => {
    const sentinel = await startPrivateSentinel();
    onTestFinished(() => sentinel.remove());
    const { stream, publisher, received } = await publishing(sentinel.url);
    await sentinel.killMaster();
    await publisher.publish(message('east', 2));
    await vi.waitFor(async () => {
      expect(received).toContain(2);
      expect(await stream.health()).toEqual({ state: 'ready' });
    }, 40_000);
  });

  it('promise 12: connects with TLS, and only to a server that it can verify', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'ces-test-tls-'));
    onTestFinished(() => rm(directory, { recursive: true }));
    const { authority, certificate, key } = await createCertificates();
    const files = { authority, certificate, key };
    for (const [name, text] of Object.entries(files)) await writeFile(join(directory, `${name}.pem`), text);
    const file = (name: keyof typeof files) => join(directory, `${name}.pem`);
    const port = await freePort();
    const redis = await startPrivateRedis([
      ...['--tls-port', String(port), '--tls-auth-clients', 'no', '--tls-ca-cert-file', file('authority')],
      ...['--tls-cert-file', file('certificate'), '--tls-key-file', file('key')],
    ]);
    onTestFinished(() => redis.remove());
    const location = { backend: 'redis', url: `rediss://127.0.0.1:${port}`, prefix: 'ces_test' } as const;
    const distrustful = openStream(location);
    onTestFinished(() => distrustful.close());
    expect(await distrustful.health()).toEqual({
      state: 'not-ready',
      reason: expect.stringMatching(/certificate/) as string,
    });
    const plain = openStream({ ...location, url: redis.url });
    onTestFinished(() => plain.close());
    await plain.changes.publisher('east').publish(message('east', 7));
    const consumer = startTypeScript(
      new URL('../../../testing/src/stream/stream-contract-consumer.ts', import.meta.url),
      { location, cluster: 'east', lockDuration: 4_000, block: null },
      { NODE_EXTRA_CA_CERTS: file('authority') },
    );
    onTestFinished(() => consumer.kill());
    await vi.waitFor(() => {
      expect(consumer.lines, consumer.errors()).toEqual(['7']);
    }, 20_000);
  });

  it('is degraded on a Redis that may throw messages away, and names the remedy', async () => {
    const redis = await startPrivateRedis(['--maxmemory-policy', 'allkeys-lru']);
    onTestFinished(() => redis.remove());
    const stream = openStream({ backend: 'redis', url: redis.url, prefix: 'ces_test' });
    onTestFinished(() => stream.close());
    expect(await stream.health()).toEqual({
      state: 'degraded',
      reason: 'Redis runs with maxmemory-policy allkeys-lru and may throw messages away; set it to noeviction.',
    });
  });
});
