import { type Clock } from '#platform/clock';
import { type LoggedEvent } from '#project/ports/history';

/** Milliseconds of silence after which a comment tells both ends that the other one is still there. */
const longestSilence = 10_000;

/** Events as the text of server-sent events (WHATWG HTML, 9.2.6): the id is the position, so that a reader can resume. */
export async function* eventStream(
  batches: AsyncIterable<readonly LoggedEvent[]>,
  clock: Clock,
): AsyncGenerator<string, void, void> {
  // Something at once: a reader knows by it that the log is being followed.
  yield ': following\n\n';
  let spoken = clock.monotonic();
  for await (const events of batches) {
    if (events.length === 0 && clock.monotonic() - spoken < longestSilence) continue;
    yield events.length === 0 ? ': nothing new\n\n' : events.map(eventText).join('');
    spoken = clock.monotonic();
  }
}

function eventText(event: LoggedEvent): string {
  return `id: ${event.position}\ndata: ${JSON.stringify(event)}\n\n`;
}
