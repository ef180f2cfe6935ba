import { startTestApi } from '#testing/api-under-test';
import { declareTenant } from '#testing/project/declared';
import { clusterRule, externalService, pod, podRule } from '#testing/project/objects';
import { ProjectionUnderTest } from '#testing/project/projection-under-test';
import { startTcpProxy } from '#testing/tcp-proxy';
import { systemClock } from '#platform/clock';
import { PostgresEventFeed } from '#project/adapters/postgres-event-feed';
import { type EventFeed, type EventFilter, type LoggedEvent } from '#project/ports/history';
import { ApiConnection, ApiUnreachable } from '#report/adapters/api-connection';
import { HttpEventFeed } from '#report/adapters/http-event-feed';
import { HttpHistory } from '#report/adapters/http-history';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningApi } from './api.js';

let projection: ProjectionUnderTest;
let api: RunningApi;
let connection: ApiConnection;

beforeAll(async () => {
  projection = await ProjectionUnderTest.create();
  await projection.list([
    pod('web', { addresses: ['10.1.0.1'] }),
    externalService('payments'),
    podRule('to-payments'),
    externalService('dns', {}, { namespace: 'kube-system' }),
    clusterRule('to-dns', { externalServices: ['dns'] }),
  ]);
  await declareTenant(projection);
  api = await startTestApi(projection.url);
  connection = new ApiConnection({ url: api.url, userAgent: 'test' });
});

afterAll(async () => {
  await api.close();
  await projection.close();
});

/** The first so many events that a feed gives. */
async function take(feed: EventFeed, count: number, from: number, filter: EventFilter = {}): Promise<LoggedEvent[]> {
  const over = new AbortController();
  const events: LoggedEvent[] = [];
  for await (const batch of feed.follow(filter, from, over.signal)) {
    events.push(...batch);
    if (events.length >= count) break;
  }
  over.abort();
  return events;
}

const resync = () =>
  projection.commands.requestResync({
    device: 'bigip',
    tenants: 'all',
    actor: { name: 'ann@laptop', origin: 'cli' },
  });

const newest = async () => (await projection.history.events({}, { limit: 1 })).entries[0]?.position ?? 0;

test('the log is told newest first, page by page, as the database holds it', async () => {
  const past = new HttpHistory(connection);
  const all = await past.events({}, { limit: 1_000 });
  expect(all.next).toBeNull();
  expect(all.entries.map(({ position }) => position)).toEqual(
    all.entries.map((_, index, { length }) => length - index),
  );
  const first = await past.events({}, { limit: 3 });
  const second = await past.events({}, { limit: 1_000, after: first.next ?? '' });
  expect([...first.entries, ...second.entries]).toEqual(all.entries);
  expect(all).toEqual(await projection.history.events({}, { limit: 1_000 }));
});

test.each<[EventFilter, string[]]>([
  [{ type: 'declaration-applied' }, ['declaration-applied']],
  [{ kind: 'Pod', namespace: 'shop' }, ['upsert']],
  [{ name: 'to-dns' }, ['upsert']],
  [{ tenant: 'Common' }, ['declaration-applied']],
  [{ cluster: 'another' }, []],
])('of the log can be asked for %j', async (filter, types) => {
  const { entries } = await new HttpHistory(connection).events(filter, { limit: 100 });
  expect(entries.map(({ type }) => type)).toEqual(types);
});

describe.each<[string, () => EventFeed]>([
  ['Postgres', () => new PostgresEventFeed(projection.source, systemClock, { interval: 10, batch: 4 })],
  ['the API', () => new HttpEventFeed(connection)],
])('the log as it grows, from %s', (_, feed) => {
  test('gives all of it in order, and then each event once as it is recorded', async () => {
    const end = await newest();
    const following = take(feed(), end + 1, 0);
    await resync();
    const events = await following;
    expect(events.map(({ position }) => position)).toEqual(Array.from({ length: end + 1 }, (_, index) => index + 1));
    expect(events.at(-1)).toMatchObject({ type: 'resync-requested', data: { actor: { name: 'ann@laptop' } } });
  });

  test('gives only what is asked for, behind the position', async () => {
    const end = await newest();
    const following = take(feed(), 2, end, { kind: 'Pod' });
    await resync();
    await projection.relist([pod(`web-${end}`, { addresses: ['10.1.0.9'] })]);
    const events = await following;
    expect(events.map(({ type }) => type).sort()).toEqual(['delete', 'upsert']);
    expect(events.every(({ kind, position }) => kind === 'Pod' && position > end + 1)).toBe(true);
  });
});

test('a reader of server-sent events that comes back says where it was, and goes on there', async () => {
  const end = await newest();
  const over = new AbortController();
  const headers = { 'last-event-id': String(end - 1) };
  const response = await fetch(`${api.url}/api/v1/events/live?after=0`, { headers, signal: over.signal });
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  expect(response.headers.get('cache-control')).toBe('no-store');
  let text = '';
  for await (const chunk of response.body ?? []) {
    text += Buffer.from(chunk).toString();
    if (text.includes('data:')) break;
  }
  over.abort();
  expect(text).toMatch(new RegExp(`^: following\\n\\nid: ${end}\\ndata: \\{"position":${end},`));
});

test.each([
  ['a position that is none', '?after=x', {}, 400],
  ['a header that holds none', '', { 'last-event-id': 'x' }, 400],
  ['a filter that is none', '?colour=red', {}, 400],
  ['a caller from elsewhere', '', { 'x-forwarded-for': '192.0.2.1' }, 403],
])('live events: %s is answered with a problem', async (_, parameters, headers, status) => {
  const response = await fetch(`${api.url}/api/v1/events/live${parameters}`, { headers });
  expect(response.status).toBe(status);
  expect(response.headers.get('content-type')).toContain('application/problem+json');
  expect(await response.json()).toMatchObject({ status });
});

test('live events: without the database there is a problem, no stream', async () => {
  const proxy = await startTcpProxy(projection.url);
  const apart = await startTestApi(proxy.url);
  await proxy.cut();
  const response = await fetch(`${apart.url}/api/v1/events/live`);
  expect(response.status).toBe(503);
  await apart.close();
  await proxy.close();
});

test('an API that is stopped ends the streams of those who listen, and stops', async () => {
  const apart = await startTestApi(projection.url);
  const feed = new HttpEventFeed(new ApiConnection({ url: apart.url, userAgent: 'test' }));
  const batches = feed.follow({}, 0, new AbortController().signal);
  expect((await batches.next()).done).toBe(false);
  await apart.close();
  const rest = async () => {
    while ((await batches.next()).done !== true);
  };
  await expect(rest()).rejects.toThrow(ApiUnreachable);
});
