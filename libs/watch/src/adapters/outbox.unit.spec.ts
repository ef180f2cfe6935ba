import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type SnapshotChunk } from '#core/change';
import { systemClock } from '#platform/clock';
import { silentLogger } from '#platform/logger';
import { createMetrics } from '#platform/metrics';
import { RecordingSink } from '#testing/watch/recording-sink';
import { type Notice } from '../domain/micro-batch.js';
import { Outbox, TermOverError } from './outbox.js';
import { createWatchMetrics } from './watch-metrics.js';

const told = (version: number): Notice => ({
  kind: 'Pod',
  change: {
    type: 'delete',
    kind: 'Pod',
    uid: `uid-${version}`,
    namespace: 'shop',
    name: 'x',
    resourceVersion: String(version),
  },
  to: String(version),
  bytes: 10,
});
const chunk: SnapshotChunk = {
  form: 'snapshot',
  version: 1,
  cluster: 'k8s',
  observedAt: '2026-01-01T00:00:00Z',
  snapshotId: 's1',
  kind: 'Pod',
  index: 0,
  last: true,
  resourceVersion: '50',
  authoritative: true,
  objects: [],
};

let term: AbortController;
let sink: RecordingSink;
let leads: boolean;
let outbox: Outbox;
let running: Promise<unknown>;

const settled = async (promise: Promise<unknown>) => {
  const waiting = Symbol('waiting');
  const turn = new Promise((resolve) => setImmediate(resolve, waiting));
  return (await Promise.race([promise.then(() => 'done'), turn])) !== waiting;
};

beforeEach(() => {
  term = new AbortController();
  sink = new RecordingSink();
  leads = true;
  outbox = new Outbox({
    cluster: 'k8s',
    sink,
    limits: { changes: 5, bytes: 1_000_000, changeDelay: 5, spanDelay: 10 },
    clock: systemClock,
    logger: silentLogger,
    metrics: createWatchMetrics(createMetrics({ app: 'test' })),
    signal: term.signal,
    leads: () => leads,
    backoff: { initial: 1, maximum: 1 },
  });
  outbox.begin('Pod', '10');
  running = outbox.run().catch((error: unknown) => error);
});

afterEach(async () => {
  term.abort(new Error('the test is over'));
  await running;
});

describe('Outbox', () => {
  it('sends what was noted within moments of each other as one batch', async () => {
    for (const version of [11, 12, 13]) await outbox.note(told(version));
    await outbox.send(chunk);
    expect(sink.batches).toHaveLength(1);
    expect(sink.batches[0]).toMatchObject({ cluster: 'k8s', spans: [{ from: '10', to: '13' }] });
    expect(sink.batches[0]?.changes).toHaveLength(3);
  });

  it('sends a batch by itself after its delay, and a bookmark too', async () => {
    await outbox.note(told(11));
    await expect.poll(() => sink.batches.length).toBe(1);
    await outbox.note({ kind: 'Pod', change: null, to: '99', bytes: 0 });
    await expect.poll(() => sink.batches.length).toBe(2);
    expect(sink.batches[1]).toMatchObject({ changes: [], spans: [{ from: '11', to: '99' }] });
  });

  it('keeps the order of changes and whole messages', async () => {
    await outbox.note(told(11));
    await outbox.send(chunk);
    outbox.begin('Pod', '50');
    await outbox.note(told(51));
    await outbox.send({ ...chunk, snapshotId: 's2' });
    expect(sink.messages.map(({ form }) => form)).toEqual(['changes', 'snapshot', 'changes', 'snapshot']);
    expect(sink.batches.map(({ spans }) => spans[0])).toMatchObject([
      { from: '10', to: '11' },
      { from: '50', to: '51' },
    ]);
  });

  it('promise 9: takes a bounded number of notices while the stream is away, and loses none', async () => {
    sink.close();
    let noted = 0;
    const reflector = (async () => {
      for (let version = 11; version <= 60; version += 1) {
        await outbox.note(told(version));
        noted += 1;
      }
    })();
    await expect.poll(() => noted).toBe(10);
    expect(await settled(reflector)).toBe(false);
    expect(noted).toBe(10);
    sink.open();
    await reflector;
    await outbox.send(chunk);
    expect(sink.changes('Pod').map((change) => change.type === 'delete' && change.resourceVersion)).toEqual(
      Array.from({ length: 50 }, (_, index) => String(index + 11)),
    );
  });

  it('promise 9: tries again until the message is taken, before any other', async () => {
    sink.refuse(3);
    await outbox.note(told(11));
    await outbox.send(chunk);
    expect(sink.messages.map(({ form }) => form)).toEqual(['changes', 'snapshot']);
  });

  it('resolves a sending only when the sink has the message', async () => {
    sink.close();
    const sending = outbox.send(chunk);
    expect(await settled(sending)).toBe(false);
    sink.open();
    await sending;
    expect(sink.messages).toHaveLength(1);
  });

  it('promise 3: publishes nothing more once its term is over', async () => {
    sink.close();
    await outbox.note(told(11));
    const sending = outbox.send(chunk);
    term.abort(new Error('not leading any more'));
    await expect(sending).rejects.toThrow('not leading any more');
    await expect(outbox.note(told(12))).rejects.toThrow('not leading any more');
    expect(await running).toMatchObject({ message: 'not leading any more' });
    expect(sink.messages).toEqual([]);
  });

  it('promise 3: publishes nothing when the lease ran out before the term was told', async () => {
    leads = false;
    await outbox.note(told(11));
    expect(await running).toBeInstanceOf(TermOverError);
    expect(sink.messages).toEqual([]);
  });
});
