import { InvalidArgumentError } from 'commander';

/** A whole number from 1 on. */
export function parseNumber(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1 && number < 2 ** 31) return number;
  throw new InvalidArgumentError('It is a whole number from 1 on.');
}

/** RFC 3339, as in manifests and as `ces` prints it; a day alone is its beginning in UTC. */
export function parseTime(text: string): Date {
  const time = new Date(timePattern.test(text) ? text.replace(' ', 'T') : Number.NaN);
  if (!Number.isNaN(time.getTime())) return time;
  throw new InvalidArgumentError(
    'A time is written like 2026-03-01T12:00:00Z, or 2026-03-01 for its beginning in UTC.',
  );
}

const timePattern = /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/;

/** A position of the event log, or a time. */
export function parsePositionOrTime(text: string): number | Date {
  return /^\d{1,15}$/.test(text) ? Number(text) : parseTime(text);
}
