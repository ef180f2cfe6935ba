/** Whether the device may be called. While open, only a probe goes out, ever more rarely. */
export type Breaker =
  | { readonly state: 'closed'; readonly failures: number }
  | { readonly state: 'open'; readonly since: Date; readonly probes: number; readonly reason: string };

export const initialBreaker: Breaker = { state: 'closed', failures: 0 };

/** So many failures in a row open it. */
const breakerThreshold = 3;

export function onSuccess(): Breaker {
  return initialBreaker;
}

export function onFailure(breaker: Breaker, reason: string, at: Date): Breaker {
  if (breaker.state === 'open') return { ...breaker, probes: breaker.probes + 1, reason };
  const failures = breaker.failures + 1;
  return failures < breakerThreshold ? { state: 'closed', failures } : { state: 'open', since: at, probes: 0, reason };
}

/** How long to wait before the next call, in milliseconds: doubling from 0.5 s to 30 s, with jitter of ±20 %. */
export function waitBeforeNext(breaker: Breaker, random: number): number {
  const tries = breaker.state === 'closed' ? breaker.failures - 1 : breakerThreshold + breaker.probes - 1;
  const bound = Math.min(500 * 2 ** Math.max(tries, 0), 30_000);
  return Math.round(bound * (0.8 + 0.4 * random));
}

/**
 * How long to wait for a device that has been busy for so long, in milliseconds: half a second at first, later an eighth of
 * that time, at most 30 s: AS3 may be stuck for a night.
 */
export function waitWhileBusy(busyFor: number): number {
  return Math.min(Math.max(busyFor / 8, 500), 30_000);
}
