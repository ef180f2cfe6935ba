/** When hints came since the last pass began, in milliseconds of the same clock. */
export interface Hints {
  readonly first: number;
  readonly last: number;
}

/** How long to gather changes, in milliseconds: until none came for `quiet`, at most `most`. */
export interface Window {
  readonly quiet: number;
  readonly most: number;
}

export function withHint(hints: Hints | null, now: number): Hints {
  return { first: hints?.first ?? now, last: now };
}

/**
 * When the next pass may begin. What was hinted at during a pass has been gathered meanwhile: a device that was busy for
 * longer than the window does not wait any more.
 */
export function nextPassAt(hints: Hints, { quiet, most }: Window): number {
  return Math.min(hints.last + quiet, hints.first + most);
}
