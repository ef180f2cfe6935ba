import { describe, expect, it } from 'vitest';
import { type Checkpoint } from '#core/checkpoint';
import {
  decideSnapshot,
  initialSnapshotState,
  snapshotSent,
  type SnapshotState,
  type SnapshotTiming,
} from './snapshot-policy.js';

const timing: SnapshotTiming = { interval: 900_000, patience: 30_000, spacing: 5_000 };
const at = (resourceVersion: string, gap = false): Checkpoint => ({ kind: 'Pod', resourceVersion, gap });
const initial = initialSnapshotState(timing, 0, 0.5);
const sentAt = (now: number, resourceVersion: string, state: SnapshotState = initial) =>
  snapshotSent(state, timing, { resourceVersion, sentAt: now }, 0.5);

describe('decideSnapshot', () => {
  it('asks for nothing while the projection stands without a gap', () => {
    expect(decideSnapshot(initial, timing, at('10'), 1_000).list).toBeNull();
  });

  it('promise 3: lists at once when the projection sees a gap', () => {
    expect(decideSnapshot(initial, timing, at('10', true), 1_000).list).toBe('gap');
  });

  it('lists when the projection has nothing of the kind', () => {
    expect(decideSnapshot(initial, timing, undefined, 1_000).list).toBe('first-start');
  });

  it('waits for the snapshot that it sent to be projected', () => {
    expect(decideSnapshot(sentAt(1_000, '50'), timing, at('10', true), 30_999).list).toBeNull();
  });

  it('promise 9: sends another one when that takes too long, ever more rarely', () => {
    let state = sentAt(0, '50');
    const sentTimes: number[] = [];
    for (let now = 0; now < 3_600_000; now += 1_000) {
      const decision = decideSnapshot(state, timing, at('10', true), now);
      state = decision.state;
      if (decision.list === null) continue;
      sentTimes.push(now / 1_000);
      state = sentAt(now, String(now), state);
    }
    expect(sentTimes).toEqual([30, 90, 210, 450, 930, 1_830, 2_730]);
  });

  it('takes a gap behind the projected snapshot for a new one, with some space between two snapshots', () => {
    const state = sentAt(1_000, '50');
    expect(decideSnapshot(state, timing, at('60', true), 5_999).list).toBeNull();
    expect(decideSnapshot(state, timing, at('60', true), 6_000).list).toBe('gap');
  });

  it('is patient again once the projection has caught up', () => {
    const impatient = decideSnapshot(sentAt(0, '50'), timing, at('10', true), 30_000).state;
    expect(impatient.patience).toBe(60_000);
    expect(decideSnapshot(impatient, timing, at('50'), 31_000).state.patience).toBe(30_000);
  });

  it('compares everything now and then', () => {
    expect(decideSnapshot(initial, timing, at('10'), 899_999).list).toBeNull();
    expect(decideSnapshot(initial, timing, at('10'), 900_000).list).toBe('periodic');
  });

  it('promise 9: compares nothing more while the last snapshot is not projected', () => {
    const state = sentAt(0, '50');
    expect(decideSnapshot(state, timing, at('49'), 5_000_000).list).toBeNull();
    expect(decideSnapshot(state, timing, at('50'), 5_000_000).list).toBe('periodic');
  });

  it('spreads the comparisons of several kinds', () => {
    expect(initialSnapshotState(timing, 0, 0).nextPeriodic).toBe(675_000);
    expect(initialSnapshotState(timing, 0, 1).nextPeriodic).toBe(1_125_000);
  });
});
