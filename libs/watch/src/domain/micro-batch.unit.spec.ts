import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Deletion } from '#core/change';
import { type ObjectKind } from '#core/kinds';
import { compareVersions } from '#core/resource-version';
import { type Batch, defaultBatchLimits, MicroBatch, type Notice } from './micro-batch.js';

const deletion = (kind: ObjectKind, version: number): Deletion => ({
  type: 'delete',
  kind,
  uid: `uid-${version}`,
  namespace: '',
  name: 'x',
  resourceVersion: String(version),
});
const told = (kind: ObjectKind, version: number, bytes = 10): Notice => ({
  kind,
  change: deletion(kind, version),
  to: String(version),
  bytes,
});
const bookmark = (kind: ObjectKind, version: number): Notice => ({ kind, change: null, to: String(version), bytes: 0 });

const started = (limits = defaultBatchLimits) => {
  const batch = new MicroBatch(limits);
  batch.begin('Pod', '10');
  batch.begin('Service', '20');
  return batch;
};

describe('MicroBatch', () => {
  it('gathers the changes of all kinds in their order, with a span for each kind', () => {
    const batch = started();
    batch.add(told('Pod', 11), 0);
    batch.add(told('Service', 22), 1);
    batch.add(told('Pod', 13), 2);
    expect(batch.take()).toEqual({
      spans: [
        { kind: 'Pod', from: '10', to: '13' },
        { kind: 'Service', from: '20', to: '22' },
      ],
      changes: [deletion('Pod', 11), deletion('Service', 22), deletion('Pod', 13)],
    });
    expect(batch.take()).toBeNull();
  });

  it('moves the span by an update that changes nothing, and by a bookmark', () => {
    const batch = started();
    batch.add(bookmark('Pod', 17), 0);
    expect(batch.take()).toEqual({ spans: [{ kind: 'Pod', from: '10', to: '17' }], changes: [] });
  });

  it('takes a bookmark at the version that it has reached for nothing', () => {
    const batch = started();
    batch.add(bookmark('Pod', 10), 0);
    expect(batch.due).toBeNull();
    expect(batch.take()).toBeNull();
  });

  it('wants to go out 20 ms after its first change, and later when it only has spans', () => {
    const batch = started();
    batch.add(bookmark('Pod', 11), 1_000);
    expect(batch.due).toBe(2_000);
    batch.add(told('Pod', 12), 1_100);
    expect(batch.due).toBe(1_120);
    batch.add(told('Pod', 13), 1_119);
    expect(batch.due).toBe(1_120);
  });

  it('is full with 500 changes, and wants to go out at once', () => {
    const batch = started();
    for (let version = 11; version < 510; version += 1) batch.add(told('Pod', version), 0);
    expect(batch.full).toBe(false);
    batch.add(told('Pod', 510), 0);
    expect(batch.full).toBe(true);
    expect(batch.due).toBe(Number.NEGATIVE_INFINITY);
    batch.take();
    expect(batch.full).toBe(false);
    expect(batch.due).toBeNull();
  });

  it('is full with a megabyte of content', () => {
    const batch = started();
    batch.add(told('Pod', 11, 1_000_000), 0);
    expect(batch.full).toBe(false);
    batch.add(told('Pod', 12, 50_000), 0);
    expect(batch.full).toBe(true);
  });

  it('begins anew at the version of a snapshot', () => {
    const batch = started();
    batch.add(told('Pod', 11), 0);
    batch.take();
    batch.begin('Pod', '40');
    batch.add(told('Pod', 41), 0);
    expect(batch.take()?.spans).toEqual([{ kind: 'Pod', from: '40', to: '41' }]);
  });

  it('refuses a kind that has not begun', () => {
    expect(() => {
      started().add(told('Namespace', 1), 0);
    }).toThrow('The watch of Namespace has not begun');
  });

  it('promise 3: whenever it is emptied, the spans of each kind form a chain without a gap and no change is lost', () => {
    const step = fc.record({
      kind: fc.constantFrom<ObjectKind>('Pod', 'Service'),
      advance: fc.nat(3),
      silent: fc.boolean(),
      flush: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const batch = started();
        const reached: Record<string, number> = { Pod: 10, Service: 20 };
        const noted: Deletion[] = [];
        const out: Batch[] = [];
        for (const { kind, advance, silent, flush } of steps) {
          const version = (reached[kind] ?? 0) + advance;
          reached[kind] = version;
          const notice = silent ? bookmark(kind, version) : told(kind, version);
          if (!silent) noted.push(deletion(kind, version));
          batch.add(notice, 0);
          const taken = flush ? batch.take() : null;
          if (taken !== null) out.push(taken);
        }
        const rest = batch.take();
        if (rest !== null) out.push(rest);
        expect(out.flatMap(({ changes }) => changes)).toEqual(noted);
        for (const [kind, from] of [
          ['Pod', '10'],
          ['Service', '20'],
        ] as const) {
          const spans = out.flatMap((each) => each.spans.filter((span) => span.kind === kind));
          let position: string = from;
          for (const span of spans) {
            expect(span.from).toBe(position);
            expect(compareVersions(span.to, span.from)).toBeGreaterThanOrEqual(0);
            position = span.to;
          }
          expect(position).toBe(String(reached[kind]));
        }
      }),
    );
  });
});
