import { type Position } from '#core/desired';
import { type EventFeed, type EventFilter, type LoggedEvent } from '#project/ports/history';
import { operations } from '../api/operations.js';
import { type ApiConnection } from './api-connection.js';

/** The log as it grows, as the API tells it. */
export class HttpEventFeed implements EventFeed {
  constructor(private readonly api: ApiConnection) {}

  async *follow(
    filter: EventFilter,
    from: Position | undefined,
    signal: AbortSignal,
  ): AsyncGenerator<readonly LoggedEvent[], void, void> {
    const query = { ...filter, after: from };
    for await (const event of this.api.follow(operations.liveEvents, { query }, signal)) {
      yield event === null ? [] : [event];
    }
  }
}
