import { type LoggedEvent } from '#project/ports/history';
import { type Page } from '#project/ports/queries';
import {
  eventPosition,
  type EventsQuery,
  eventsQuery,
  type LiveEventsQuery,
  liveEventsQuery,
} from '#report/api/requests';
import { Controller, Get, Inject, type OnModuleDestroy, Query, Req, Res, UseGuards } from '@nestjs/common';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { API_OPTIONS, type ApiOptions } from './api-options.js';
import { eventStream } from './event-stream.js';
import { LoopbackGuard } from './loopback.guard.js';
import { InvalidRequest } from './request.pipe.js';

/** The event log: what it holds, and what is recorded from now on. Reads only. */
@Controller('api/v1/events')
@UseGuards(LoopbackGuard)
export class EventsController implements OnModuleDestroy {
  private readonly ending = new AbortController();

  constructor(@Inject(API_OPTIONS) private readonly options: ApiOptions) {}

  @Get()
  events(@Query({ schema: eventsQuery }) { limit, after, ...filter }: EventsQuery): Promise<Page<LoggedEvent>> {
    return this.options.history.events(filter, { limit, ...(after === undefined ? {} : { after }) });
  }

  @Get('live')
  async live(
    @Query({ schema: liveEventsQuery }) { after, ...filter }: LiveEventsQuery,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { feed, clock, logger } = this.options;
    const gone = new AbortController();
    reply.raw.once('close', () => {
      gone.abort();
    });
    const from = lastEventId(request) ?? after;
    const batches = await begun(feed.follow(filter, from, AbortSignal.any([gone.signal, this.ending.signal])));
    // From here on there is no answer to give that could still be a problem: the connection ends, and the reader resumes.
    reply.type('text/event-stream').headers({
      'x-accel-buffering': 'no',
      // Kept for a next request, it would keep a server from closing that has closed what was idle already.
      connection: 'close',
    });
    reply.hijack();
    for (const [name, value] of Object.entries(reply.getHeaders())) {
      if (value !== undefined) reply.raw.setHeader(name, value);
    }
    try {
      await pipeline(Readable.from(eventStream(batches, clock)), reply.raw);
    } catch (error) {
      if (!gone.signal.aborted) logger.warn({ error }, 'live events broke off');
    }
  }

  /** Whoever listens would keep the server from closing. */
  onModuleDestroy(): void {
    this.ending.abort();
  }
}

/** What a reader of server-sent events says by itself when it comes back. */
function lastEventId({ headers }: FastifyRequest): number | undefined {
  const text = headers['last-event-id'];
  if (text === undefined) return undefined;
  const parsed = eventPosition.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new InvalidRequest([{ in: 'header', pointer: '/last-event-id', detail: 'must be the position of an event' }]);
}

/** The same batches, of which the first one is there already: what goes wrong at once is thrown here. */
async function begun<Batch>(batches: AsyncIterable<Batch>): Promise<AsyncIterable<Batch>> {
  const iterator = batches[Symbol.asyncIterator]();
  const first = await iterator.next();
  return (async function* () {
    if (first.done === true) return;
    yield first.value;
    yield* { [Symbol.asyncIterator]: () => iterator };
  })();
}
