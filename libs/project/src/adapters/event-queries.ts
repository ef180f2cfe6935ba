import { type Position } from '#core/desired';
import { type EventFilter, type LoggedEvent } from '../ports/history.js';
import { type Page, type PageRequest } from '../ports/queries.js';
import { Conditions } from './conditions.js';
import { newestFirst } from './newest-first.js';
import { type Connection, query, single } from './sql.js';

type EventRow = Omit<LoggedEvent, 'position' | 'at' | 'observedAt'> & {
  readonly position: string;
  readonly observed_at: Date;
  readonly recorded_at: Date;
};

const namespace = `COALESCE(data #>> '{object,namespace}', data ->> 'namespace')`;
const name = `COALESCE(data #>> '{object,name}', data ->> 'name')`;
const columns = `position, type, device, cluster, kind, uid, ${namespace} AS namespace, ${name} AS name, observed_at,
  recorded_at, data`;

/** Newest first. */
export async function listEvents(
  connection: Connection,
  filter: EventFilter,
  page: PageRequest,
): Promise<Page<LoggedEvent>> {
  return newestFirst(
    connection,
    {
      select: `SELECT ${columns} FROM event`,
      conditions: conditionsOf(filter),
      key: 'position',
      keyOf: ({ position }) => position,
    },
    page,
    loggedEvent,
  );
}

/** Where the log ends; 0 before the first event. */
export async function logEnd(connection: Connection): Promise<Position> {
  const rows = await query<{ position: string }>(
    connection,
    'SELECT COALESCE(max(position), 0) AS position FROM event',
  );
  return Number(single(rows).position);
}

/** What the log holds behind one position and up to another, oldest first, but no more than so many. */
export async function readEvents(
  connection: Connection,
  filter: EventFilter,
  { after, upTo, limit }: { readonly after: Position; readonly upTo: Position; readonly limit: number },
): Promise<LoggedEvent[]> {
  const conditions = conditionsOf(filter)
    .compare(['position'], '>', [String(after)])
    .compare(['position'], '<=', [String(upTo)]);
  const most = conditions.parameter(limit);
  const rows = await query<EventRow>(
    connection,
    `SELECT ${columns} FROM event ${conditions.where} ORDER BY position LIMIT ${most}`,
    conditions.parameters,
  );
  return rows.map(loggedEvent);
}

function conditionsOf(filter: EventFilter): Conditions {
  return new Conditions()
    .equal('cluster', filter.cluster)
    .equal('type', filter.type)
    .equal('kind', filter.kind)
    .equal(namespace, filter.namespace)
    .equal(name, filter.name)
    .either((tenant) => [`data ->> 'tenant' = ${tenant}`, `jsonb_exists(data -> 'tenants', ${tenant})`], filter.tenant);
}

function loggedEvent({ position, observed_at: observedAt, recorded_at: at, data, ...row }: EventRow): LoggedEvent {
  return { position: Number(position), at, observedAt, ...row, data };
}
