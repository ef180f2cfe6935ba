import { expect, it } from 'vitest';
import { waitWhileBusy } from './breaker.js';

/** How often AS3 is asked by somebody who never finds it free. */
function tries(seconds: number): number {
  let asked = 0;
  for (let elapsed = 0; elapsed < seconds * 1_000; elapsed += waitWhileBusy(elapsed)) asked += 1;
  return asked;
}

it('promise 9: asks a busy AS3 soon while it was busy briefly, and rarely when it is stuck', () => {
  expect(tries(3)).toBe(6);
  // What is free again is found within an eighth of the time that it was not.
  expect(waitWhileBusy(60_000)).toBe(7_500);
  expect(tries(3_600)).toBeLessThan(160);
});
