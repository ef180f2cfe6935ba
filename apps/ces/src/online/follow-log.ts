import { type Position } from '#core/desired';
import { systemClock } from '#platform/clock';
import { type EventFeed, type EventFilter, type LoggedEvent } from '#project/ports/history';
import { ApiUnreachable } from '#report/adapters/api-connection';
import { type Terminal } from '../terminal.js';

/** Milliseconds before the API is tried again. */
const pause = 1_000;

/**
 * Events as they are recorded, each once, also when the API is away for a while: it goes on behind the last one that came.
 * @throws ApiUnreachable when it was never there.
 */
export async function* followLog(
  feed: EventFeed,
  filter: EventFilter,
  from: Position,
  terminal: Terminal,
): AsyncGenerator<LoggedEvent, void, void> {
  const over = new AbortController();
  let after = from;
  let reached = false;
  try {
    for (;;) {
      try {
        for await (const events of feed.follow(filter, after, over.signal)) {
          if (!reached) terminal.progress('Following the event log; Ctrl-C ends it.');
          reached = true;
          for (const event of events) {
            after = event.position;
            yield event;
          }
        }
      } catch (error) {
        if (!reached || !(error instanceof ApiUnreachable)) throw error;
        terminal.progress('The API went away; it is tried again.');
      }
      await systemClock.sleep(pause);
    }
  } finally {
    over.abort();
  }
}
