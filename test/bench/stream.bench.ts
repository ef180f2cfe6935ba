import { setTimeout as delay } from 'node:timers/promises';
import { type ChangeBatch, type Upsert } from '#core/change';
import { silentLogger } from '#platform/logger';
import { createMetrics } from '#platform/metrics';
import { Secret } from '#platform/secret';
import { type StreamSettings } from '#platform/settings-sections';
import { createStreamBackend } from '#stream/adapters/bullmq-backend';
import { type StreamBackend } from '#stream/ports/stream-backend';
import { Redis } from 'ioredis';
import {
  atLeast,
  atMost,
  type Benchmark,
  type BenchmarkContext,
  type BenchmarkResult,
  percentile,
  timed,
} from './benchmark.js';

type BackendName = StreamSettings['backend'];

const batchSize = 200;
const batches = 150;
const singles = 300;
const samples = 400;

/** The stream's share of the 150 ms that a change may take from the watch to the POST, besides the window. */
const deliveryLimit = 20;
/** What the projector has to reach. */
const requiredChangesPerSecond = 3_000;

export const benchmark: Benchmark = {
  name: 'stream',
  about: `jobs of ${batchSize} changes and of one through publisher and consumer, and the latency of single ones`,
  async run(context) {
    const results: Partial<Record<BackendName, Readonly<Record<string, number>>>> = {};
    results.postgres = await measure(context, 'postgres', context.databaseUrl);
    if (context.redisUrl === undefined) context.progress('REDIS_URL is not set: PostgreSQL only');
    else results.redis = await measure(context, 'redis', context.redisUrl);
    return summary(results);
  },
};

async function measure(context: BenchmarkContext, name: BackendName, url: string): Promise<Record<string, number>> {
  const stream = createStreamBackend({
    settings: { backend: name, url: new Secret(url), prefix: context.prefix },
    logger: silentLogger,
    metrics: createMetrics({ app: 'bench' }),
  });
  try {
    await stream.prepare();
    context.progress(`${name}: warming up`);
    await throughput(stream, 'warm', batches / 5, batchSize);
    context.progress(`${name}: ${batches} jobs of ${batchSize} changes`);
    const large = await throughput(stream, 'large', batches, batchSize);
    context.progress(`${name}: ${singles} jobs of one change`);
    const small = await throughput(stream, 'small', singles, 1);
    context.progress(`${name}: latency of ${samples} jobs on an idle stream`);
    const latencies = await latency(stream);
    return {
      publishChangesPerSecond: large.publish,
      handleChangesPerSecond: large.handle,
      cpuMicrosecondsPerChange: large.cpu,
      publishSingleChangesPerSecond: small.publish,
      handleSingleChangesPerSecond: small.handle,
      deliveryP50Milliseconds: percentile(latencies, 0.5),
      deliveryP99Milliseconds: percentile(latencies, 0.99),
    };
  } finally {
    await stream.close();
    if (name === 'redis') await removeKeys(url, context.prefix);
  }
}

/** Publishes everything, then handles everything. Rates in changes a second; processor time in µs a change, both ways. */
async function throughput(stream: StreamBackend, cluster: string, jobs: number, size: number) {
  const publisher = stream.changes.publisher(cluster);
  const publishing = await timed(async () => {
    for (let number = 0; number < jobs; number += 1) await publisher.publish(batch(cluster, number, size));
  });
  const handling = await timed(
    () =>
      new Promise<void>((resolve) => {
        let handled = 0;
        void stream.changes.consume(cluster, () => {
          handled += 1;
          if (handled === jobs) resolve();
          return Promise.resolve({ outcome: 'done' });
        });
      }),
  );
  const changes = jobs * size;
  const cpu = ((publishing.cpuSeconds + handling.cpuSeconds) / changes) * 1e6;
  return { publish: changes / publishing.seconds, handle: changes / handling.seconds, cpu };
}

/** From the call of `publish` to the call of the handler, in milliseconds, with time between two jobs. */
async function latency(stream: StreamBackend): Promise<readonly number[]> {
  const cluster = 'idle';
  const measured: number[] = [];
  const publisher = stream.changes.publisher(cluster);
  let handled: () => void = () => undefined;
  await stream.changes.consume(cluster, () => {
    handled();
    return Promise.resolve({ outcome: 'done' });
  });
  for (let number = 0; number < samples; number += 1) {
    await delay(10 + (number % 20));
    const arrival = new Promise<number>((resolve) => {
      handled = () => {
        resolve(performance.now());
      };
    });
    const begin = performance.now();
    await publisher.publish(batch(cluster, number, 5));
    measured.push((await arrival) - begin);
  }
  // The first ones pay for the connection.
  return measured.slice(20);
}

function batch(cluster: string, number: number, size: number): ChangeBatch {
  return {
    version: 1,
    form: 'changes',
    cluster,
    observedAt: '2026-01-02T03:04:05.678Z',
    spans: [{ kind: 'Pod', from: String(number), to: String(number + 1) }],
    changes: Array.from({ length: size }, (_, index) => pod(number * size + index)),
  };
}

function pod(number: number): Upsert {
  return {
    type: 'upsert',
    object: {
      kind: 'Pod',
      uid: `0a1b2c3d-0000-4000-8000-${String(number).padStart(12, '0')}`,
      namespace: 'shop',
      name: `web-7d9f8c6b5-${number}`,
      resourceVersion: String(1_000_000 + number),
      generation: 0,
      createdAt: '2026-01-02T03:04:05Z',
      manager: 'kubelet',
      content: {
        labels: { app: 'web', tier: 'frontend', 'pod-template-hash': '7d9f8c6b5' },
        addresses: [`10.${(number >> 16) & 255}.${(number >> 8) & 255}.${number & 255}`],
        hostNetwork: false,
        finished: false,
        owner: 'ReplicaSet/web-7d9f8c6b5',
      },
    },
  };
}

function summary(results: Partial<Record<BackendName, Readonly<Record<string, number>>>>): BenchmarkResult {
  const measurements: Record<string, number> = {};
  const ratios: Record<string, number> = {};
  const backends = (['postgres', 'redis'] as const).flatMap((name) => {
    const result = results[name];
    return result === undefined ? [] : [{ name, result }];
  });
  for (const { name, result } of backends) {
    for (const [key, value] of Object.entries(result)) measurements[`${name}.${key}`] = value;
    ratios[`${name}.batchesToSingles`] = quotient(
      result,
      'handleChangesPerSecond',
      result,
      'handleSingleChangesPerSecond',
    );
  }
  const { postgres, redis } = results;
  if (postgres && redis) {
    ratios['redisToPostgres.publish'] = quotient(redis, 'publishChangesPerSecond', postgres, 'publishChangesPerSecond');
    ratios['redisToPostgres.handle'] = quotient(redis, 'handleChangesPerSecond', postgres, 'handleChangesPerSecond');
  }
  const budgets = backends.flatMap(({ name }) => [
    atLeast(measurements, `${name}.handleChangesPerSecond`, requiredChangesPerSecond),
    atMost(measurements, `${name}.deliveryP50Milliseconds`, deliveryLimit),
    atMost(measurements, `${name}.deliveryP99Milliseconds`, deliveryLimit),
  ]);
  return { measurements, ratios, budgets };
}

function quotient(
  above: Readonly<Record<string, number>>,
  aboveName: string,
  below: Readonly<Record<string, number>>,
  belowName: string,
): number {
  return (above[aboveName] ?? NaN) / (below[belowName] ?? NaN);
}

async function removeKeys(url: string, prefix: string): Promise<void> {
  const redis = new Redis(url);
  for await (const keys of redis.scanStream({ match: `${prefix}:*`, count: 500 })) {
    const found = keys as string[];
    if (found.length > 0) await redis.unlink(found);
  }
  redis.disconnect();
}
