import { type Clock } from '#core/clock';
import { silentLogger } from '#platform/logger';
import { createMetrics } from '#platform/metrics';
import { describe, expect, it } from 'vitest';
import { type ShownStatus } from '../ports/status-feed.js';
import { StatusGuard } from './status-guard.js';
import { createWatchMetrics } from './watch-metrics.js';

const patience = 10_000;
const interval = 1_000;

/** A guard in time that passes second by second; `each` is called before every comparison. */
async function guarded(seconds: number, each: (guard: StatusGuard, second: number) => void): Promise<ShownStatus[]> {
  const compared: ShownStatus[] = [];
  const over = new AbortController();
  let now = 0;
  const clock: Clock = {
    now: () => new Date(now),
    monotonic: () => now,
    async sleep(milliseconds, signal) {
      await Promise.resolve();
      now += milliseconds;
      if (now > seconds * 1_000) over.abort(new Error('over'));
      signal?.throwIfAborted();
      each(guard, now / 1_000);
    },
  };
  const feed = {
    pending: () => Promise.resolve([]),
    written: () => Promise.resolve(),
    shown(_cluster: string, entries: readonly ShownStatus[]) {
      compared.push(...entries);
      return Promise.resolve(0);
    },
  };
  const guard: StatusGuard = new StatusGuard({
    cluster: 'k8s',
    feed,
    clock,
    logger: silentLogger,
    metrics: createWatchMetrics(createMetrics({ app: 'test' })),
    tuning: { interval, patience },
  });
  await guard.run(over.signal).catch(() => undefined);
  return compared;
}

const rule = (phase: string) => ({ metadata: { uid: 'one' }, status: { phase } });

describe('the guard of the statuses', () => {
  it('compares what has stood for a while, once', async () => {
    const compared = await guarded(30, (guard, second) => {
      if (second === 1) guard.see('PodEgressRule', rule('Success'));
    });
    expect(compared).toEqual([{ uid: 'one', status: { phase: 'Success' } }]);
  });

  it('does not take the status before our own last write for the work of somebody else', async () => {
    const compared = await guarded(30, (guard, second) => {
      if (second === 1) guard.see('PodEgressRule', rule('Syncing'));
      if (second === 10) guard.wrote('one');
      // The event of the write comes late.
      if (second === 15) guard.see('PodEgressRule', rule('Success'));
    });
    expect(compared).toEqual([{ uid: 'one', status: { phase: 'Success' } }]);
  });

  it('finds out in the end when the event of our write never comes', async () => {
    const compared = await guarded(30, (guard, second) => {
      if (second === 1) guard.see('PodEgressRule', rule('Syncing'));
      if (second === 10) guard.wrote('one');
    });
    expect(compared).toEqual([{ uid: 'one', status: { phase: 'Syncing' } }]);
  });
});
