import { QueryFailedError } from 'typeorm';
import { EventsRecordedBefore } from './event-log.js';

/**
 * Whether a failure to project a message lies in the message, or in us, so that trying again will not help: the database
 * refuses what it was given, or our own code trips over it. Everything else passes: a database that is away or restarts,
 * a lock, a disk that is full, a table that is still to be migrated.
 */
export function isLasting(error: unknown): boolean {
  if (error instanceof QueryFailedError) return lastingClasses.has(sqlState(error.driverError).slice(0, 2));
  return error instanceof TypeError || error instanceof RangeError || error instanceof EventsRecordedBefore;
}

/** Classes of SQLSTATE (PostgreSQL, appendix A): cardinality, data, integrity, a limit of the program. */
const lastingClasses: ReadonlySet<string> = new Set(['21', '22', '23', '54']);

function sqlState(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('code' in error)) return '';
  return typeof error.code === 'string' ? error.code : '';
}
