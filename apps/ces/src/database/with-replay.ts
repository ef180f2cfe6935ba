import { systemClock } from '#platform/clock';
import { readSettings } from '#platform/settings';
import { type Replay } from '#project/adapters/replay/replay';
import { type ReplayProgress } from '#project/ports/replay';
import { Finding, Unreachable, UsageError } from '../exit-code.js';
import { type Terminal } from '../terminal.js';

/** Milliseconds between two lines of progress. */
const interval = 1_000;

/**
 * Opens a replay on the database of DATABASE_URL, tells how far it is, and closes it.
 * @throws SettingsError, and Unreachable when the database cannot be used.
 */
export async function withReplay<Result>(
  terminal: Terminal,
  use: (replay: Replay) => Promise<Result>,
): Promise<Result> {
  const { database } = readSettings('replay', { arguments: [] });
  // Every other command does without the database's driver, and need not wait until it is loaded.
  const { Replay: opened } = await import('#project/adapters/replay/replay');
  try {
    const replay = await opened.open(database.url.reveal(), { clock: systemClock, progress: teller(terminal) });
    try {
      return await use(replay);
    } finally {
      await replay.close();
    }
  } catch (error) {
    if (error instanceof UsageError || error instanceof Finding) throw error;
    throw new Unreachable(
      `The replay on the database of DATABASE_URL failed, and the projections are as they were: ${messageOf(error)}`,
    );
  }
}

/** Of several failed attempts to connect, to an IPv4 and an IPv6 address for instance, Node gives an error without words. */
function messageOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(messageOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}

function teller(terminal: Terminal): (progress: ReplayProgress) => void {
  let told = Number.NEGATIVE_INFINITY;
  return (progress) => {
    if (systemClock.monotonic() - told < interval) return;
    told = systemClock.monotonic();
    terminal.progress(progressText(progress));
  };
}

function progressText({ position, of, eventsPerSecond, remainingSeconds }: ReplayProgress): string {
  const speed = `${Math.round(eventsPerSecond)} events a second`;
  return `position ${position} of ${of}, ${speed}, ${Math.ceil(remainingSeconds)} s left`;
}
