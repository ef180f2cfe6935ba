import { describe, expect, it } from 'vitest';
import { humanDuration, since } from './columns.js';

const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;

describe('an age', () => {
  it.each([
    [-5, '<invalid>'],
    [-0.5, '0s'],
    [0, '0s'],
    [119, '119s'],
    [2 * minute, '2m'],
    [9 * minute + 30, '9m30s'],
    [10 * minute + 30, '10m'],
    [179 * minute, '179m'],
    [3 * hour + 5 * minute, '3h5m'],
    [8 * hour + 5 * minute, '8h'],
    [47 * hour, '47h'],
    [2 * day + hour, '2d1h'],
    [8 * day + hour, '8d'],
    [700 * day, '700d'],
    [730 * day, '2y'],
    [800 * day, '2y70d'],
    [3_650 * day, '10y'],
  ])('of %d seconds reads %s', (seconds, text) => {
    expect(humanDuration(seconds)).toBe(text);
  });

  it('of nothing is unknown', () => {
    const now = new Date('2026-11-22T20:31:00Z');
    expect([since('', now), since('2026-11-22T20:30:00Z', now)]).toEqual(['<unknown>', '60s']);
  });
});
