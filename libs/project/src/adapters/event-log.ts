import { type Position } from '#core/desired';
import { type JsonObject } from '#core/json';
import { type EntityManager } from 'typeorm';
import { type EventType } from '../ports/event-types.js';
import { query, single } from './sql.js';

/** A fact that is to be recorded. */
export interface NewEvent {
  readonly eventId: string;
  readonly device: string | null;
  readonly cluster: string | null;
  readonly type: EventType;
  readonly kind: string | null;
  readonly uid: string | null;
  readonly resourceVersion: string | null;
  readonly data: JsonObject;
  readonly observedAt: Date;
}

/** Facts that the projection took for new are in the log already: the model it worked with was not the true one. */
export class EventsRecordedBefore extends Error {
  override readonly name = 'EventsRecordedBefore';

  constructor(expected: number, appended: number) {
    super(`${expected - appended} of ${expected} events are in the log already; nothing was recorded`);
  }
}

/** Where events came to stand in the log. */
export interface Appended {
  /** Of the last one. */
  readonly position: Position;
  readonly recordedAt: Date;
}

/**
 * Appends events behind all others, in one statement, as recorded `at` that moment: or, since clocks of several machines
 * differ and may be set back, when the last one was recorded, so that time in the log never runs backwards. Only inside
 * of `inLog`.
 * @throws EventsRecordedBefore when one of them is in the log already.
 */
export async function appendEvents(
  transaction: EntityManager,
  events: readonly NewEvent[],
  at: Date,
): Promise<Appended> {
  const [last] = await query<{ position: string; recorded_at: Date }>(
    transaction,
    'SELECT position, recorded_at FROM event ORDER BY position DESC LIMIT 1',
  );
  const after = Number(last?.position ?? 0);
  const recordedAt = last === undefined || last.recorded_at < at ? at : last.recorded_at;
  const position = after + events.length;
  const rows = events.map((event, index) => ({
    position: after + 1 + index,
    event_id: event.eventId,
    device: event.device,
    cluster: event.cluster,
    type: event.type,
    kind: event.kind,
    uid: event.uid,
    resource_version: event.resourceVersion,
    data: event.data,
    observed_at: event.observedAt,
  }));
  const counted = await query<{ count: string }>(
    transaction,
    `WITH appended AS (INSERT INTO event (position, event_id, batch, device, cluster, type, kind, uid, resource_version, data, observed_at,
       recorded_at)
     SELECT position, event_id, $2, device, cluster, type, kind, uid, resource_version, data, observed_at, $3
     FROM jsonb_to_recordset($1::jsonb) AS row (position bigint, event_id uuid, device text, cluster text, type text,
       kind text, uid text, resource_version text, data jsonb, observed_at timestamptz)
     ON CONFLICT (event_id) DO NOTHING RETURNING position)
     SELECT count(*) FROM appended`,
    [JSON.stringify(rows), position, recordedAt],
  );
  const appended = Number(single(counted).count);
  if (appended !== events.length) throw new EventsRecordedBefore(events.length, appended);
  return { position, recordedAt };
}
