import { describe, expect, it } from 'vitest';
import { claim, defaultLeaseTiming as timing, leaseSpec, observe, readLease, release } from './lease.js';

const wall = new Date('2026-01-01T00:00:00.123Z');
const at = (monotonic: number) => ({ monotonic, wall });
const taken = (identity: string, monotonic = 0) => {
  const record = claim(null, identity, timing, at(monotonic));
  if (record === null) throw new Error('not taken');
  return record;
};

describe('claim', () => {
  it('takes a lease that does not exist', () => {
    expect(taken('a')).toEqual({
      holder: 'a',
      durationSeconds: 15,
      acquireTime: '2026-01-01T00:00:00.123000Z',
      renewTime: '2026-01-01T00:00:00.123000Z',
      transitions: 0,
    });
  });

  it('renews its own, and keeps when it was acquired', () => {
    const observed = observe(null, taken('a'), 0);
    const later = { monotonic: 2_000, wall: new Date('2026-01-01T00:00:02Z') };
    expect(claim(observed, 'a', timing, later)).toMatchObject({
      acquireTime: '2026-01-01T00:00:00.123000Z',
      renewTime: '2026-01-01T00:00:02.000000Z',
      transitions: 0,
    });
  });

  it('leaves a lease alone that is held, until it has not changed for 15 s of its own clock', () => {
    const observed = observe(null, taken('a'), 1_000);
    expect(claim(observed, 'b', timing, at(15_999))).toBeNull();
    expect(claim(observed, 'b', timing, at(16_000))).toMatchObject({ holder: 'b', transitions: 1 });
  });

  it('does not care what the holder takes for the time', () => {
    const strange = { ...taken('a'), renewTime: '1999-01-01T00:00:00.000000Z' };
    expect(claim(observe(null, strange, 1_000), 'b', timing, at(2_000))).toBeNull();
  });

  it('takes a lease at once that was given up', () => {
    const observed = observe(null, release(taken('a'), wall), 1_000);
    expect(claim(observed, 'b', timing, at(1_001))).toMatchObject({ holder: 'b', transitions: 1 });
  });
});

describe('observe', () => {
  it('starts anew with each renewal only', () => {
    const first = observe(null, taken('a'), 1_000);
    expect(observe(first, taken('a'), 3_000).changedAt).toBe(1_000);
    expect(observe(first, { ...taken('a'), renewTime: '2026-01-01T00:00:02.000000Z' }, 3_000).changedAt).toBe(3_000);
  });
});

describe('readLease', () => {
  it('reads what leaseSpec writes', () => {
    expect(readLease({ kind: 'Lease', spec: leaseSpec(taken('a')) })).toEqual(taken('a'));
  });

  it('takes an empty lease for one that nobody holds', () => {
    expect(readLease({ kind: 'Lease', spec: {} })).toMatchObject({ holder: '', transitions: 0 });
  });
});
