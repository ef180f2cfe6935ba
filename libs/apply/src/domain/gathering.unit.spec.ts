import { expect, it } from 'vitest';
import { type Hints, nextPassAt, withHint } from './gathering.js';

const window = { quiet: 200, most: 2_000 };

function after(...times: readonly [number, ...number[]]): number {
  const [first, ...rest] = times;
  return nextPassAt(rest.reduce<Hints>(withHint, withHint(null, first)), window);
}

it('a single hint waits for what comes along', () => {
  expect(after(1_000)).toBe(1_200);
});

it('each hint in the window puts the pass off', () => {
  expect(after(1_000, 1_150, 1_300)).toBe(1_500);
});

it('a steady stream does not put it off for ever', () => {
  const stream = Array.from({ length: 100 }, (_, index) => 1_100 + 100 * index);
  expect(after(1_000, ...stream)).toBe(3_000);
});

it('after a pass that took longer than the window, what was hinted at meanwhile waits no more', () => {
  const endOfPass = 6_000;
  expect(after(1_000, 3_000, 5_990)).toBeLessThanOrEqual(endOfPass);
});
