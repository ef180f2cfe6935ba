import { systemClock } from '#platform/clock';
import { InvalidArgumentError } from 'commander';

/** A whole number from 1 on. */
export function parseNumber(text: string): number {
  return parseWhole(text, 1, 2 ** 31 - 1);
}

/** A position of the event log, which outgrows a number of 32 bits; 0 is before the first event. */
export function parsePosition(text: string): number {
  return parseWhole(text, 0, Number.MAX_SAFE_INTEGER);
}

function parseWhole(text: string, least: number, most: number): number {
  const number = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (number >= least && number <= most) return number;
  throw new InvalidArgumentError(`It is a whole number from ${least} on.`);
}

/** RFC 3339, as in manifests and as `ces` prints it; a day alone is its beginning in UTC. */
export function parseTime(text: string): Date {
  const time = new Date(timePattern.test(text) && isDay(text.slice(0, 10)) ? text.replace(' ', 'T') : Number.NaN);
  if (!Number.isNaN(time.getTime())) return time;
  throw new InvalidArgumentError(
    'A time is written like 2026-03-01T12:00:00Z, or 2026-03-01 for its beginning in UTC.',
  );
}

const timePattern = /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/;

/** How much earlier than the clock of who answers ours may be, in milliseconds. */
const clocksApart = 60_000;

/** A time that has been: of one that is yet to come, nobody can say what held. */
export function parsePastTime(text: string): Date {
  const time = parseTime(text);
  if (time.getTime() <= systemClock.now().getTime() + clocksApart) return time;
  throw new InvalidArgumentError('That moment is yet to come.');
}

/** For `Date`, 30 February is 2 March. */
function isDay(text: string): boolean {
  const day = new Date(text);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text);
}

/** A position of the event log, or a time. */
export function parsePositionOrTime(text: string): number | Date {
  return /^\d+$/.test(text) ? parsePosition(text) : parseTime(text);
}
