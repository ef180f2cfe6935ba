import { declareTenant } from '#testing/project/declared';
import { externalService, pod, podRule } from '#testing/project/objects';
import { ProjectionUnderTest } from '#testing/project/projection-under-test';
import { startTestApi } from '#testing/api-under-test';
import { createMetrics } from '#platform/metrics';
import { Secret } from '#platform/secret';
import { silentLogger } from '#platform/logger';
import { createStreamBackend } from '#stream/adapters/bullmq-backend';
import { type StreamBackend } from '#stream/ports/stream-backend';
import { waitFor } from '#testing/wait-for';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type RunningApi } from './api.js';

let projection: ProjectionUnderTest;
let api: RunningApi;
let stream: StreamBackend;

beforeAll(async () => {
  projection = await ProjectionUnderTest.create();
  const settings = { backend: 'postgres', url: new Secret(projection.url), prefix: 'ces_stream' } as const;
  stream = createStreamBackend({ settings, logger: silentLogger, metrics: createMetrics({ app: 'test' }) });
  await stream.prepare();
  api = await startTestApi(projection.url);
});

beforeEach(async () => {
  await projection.clear();
  await projection.list([pod('web', { addresses: ['10.1.0.1'] }), externalService('payments'), podRule('pods')]);
  await declareTenant(projection);
});

afterAll(async () => {
  await api.close();
  await stream.close();
  await projection.close();
});

const resync = (body: object) => give('resync', body);

async function give(command: string, body: object): Promise<{ status: number; answer: unknown }> {
  const response = await fetch(`${api.url}/api/v1/${command}`, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', 'user-agent': 'ces (alice@laptop)' },
  });
  return { status: response.status, answer: await response.json() };
}

test.each([{ tenants: 'all' }, { tenants: ['Common'], device: 'bigip' }])(
  'promise 4: a resync of %j is an event, and from then on wanted',
  async (command) => {
    const before = await projection.tenant();
    expect(before).toMatchObject({ resync: null, wanted: before.applied });
    const position = before.position + 1;

    expect(await resync(command)).toEqual({ status: 202, answer: { device: 'bigip', position, tenants: ['Common'] } });

    expect(await projection.queries.tenants()).toMatchObject([{ resync: true, wanted: position }]);
    const actor = { name: 'ces (alice@laptop)', origin: 'api, not authenticated, from 127.0.0.1' };
    expect(
      await projection.rows('SELECT position, device, type, data FROM event ORDER BY position DESC LIMIT 1'),
    ).toMatchObject([
      { position: String(position), device: 'bigip', type: 'resync-requested', data: { tenants: ['Common'], actor } },
    ]);

    await declareTenant(projection);
    expect(await projection.queries.tenants()).toMatchObject([{ resync: false, version: 2 }]);
  },
);

test('the worker is woken by a hint', async () => {
  const hinted: string[] = [];
  const consumer = await stream.hints.consumeHints((device) => {
    hinted.push(device);
    return Promise.resolve();
  });
  await resync({ tenants: 'all' });
  await waitFor(() => {
    expect(hinted).toContain('bigip');
  });
  await consumer.close();
});

test('a command that is refused leaves nothing behind', async () => {
  const events = await projection.count('event');
  expect(await resync({ tenants: ['Common', 'nowhere'] })).toMatchObject({ status: 404 });
  expect(await projection.count('event')).toBe(events);
  expect(await projection.queries.tenants()).toMatchObject([{ resync: false }]);
});

test('a rollback is shown, asked for, and ended; each with who and why', async () => {
  const shown = await fetch(`${api.url}/api/v1/rollback?tenant=Common&version=1`);
  expect([shown.status, await shown.json()]).toMatchObject([200, { device: 'bigip', version: 1, differences: [] }]);
  const target = { tenant: 'Common', reason: 'It broke the shop.' };
  expect(await give('rollback', { ...target, version: 1 })).toMatchObject({
    status: 202,
    answer: { device: 'bigip', version: 1, tenants: ['Common'] },
  });
  const actor = { name: 'ces (alice@laptop)', origin: 'api, not authenticated, from 127.0.0.1' };
  expect(await projection.queries.tenants()).toMatchObject([{ pin: { version: 1, actor, reason: target.reason } }]);
  expect(await give('unpin', target)).toMatchObject({ status: 202 });
  expect(await projection.queries.tenants()).toMatchObject([{ pin: null }]);
  expect(await give('unpin', target)).toMatchObject({
    status: 404,
    answer: { detail: expect.stringContaining('not pinned') },
  });
});

test('promise 8: rules in quarantine are tried again now', async () => {
  const work = await projection.tenant();
  const { cluster = '', uid = '' } = work.desired.rules[0] ?? {};
  const since = projection.clock.now().toISOString();
  const retryAt = '2027-03-01T12:00:00.000Z';
  const quarantine = { definition: 'd', since, tries: 1, retryAt, attempt: null };
  await declareTenant(projection, {
    heldBack: [{ cluster, uid, reason: 'Quarantined', message: 'no', quarantine }],
  });
  projection.clock.pass(1);
  const due = async () => (await projection.tenant()).quarantined.map((row) => row.due);
  expect(await due()).toEqual([false]);
  expect(await give('retry', { of: { cluster, uid }, reason: 'Mended.' })).toMatchObject({
    status: 202,
    answer: { rules: [{ tenant: 'Common', cluster, uid }], tenants: ['Common'] },
  });
  // The API has the clock of the system, which is ahead of the one that stands still here.
  expect((await projection.desired.work('bigip')).tenants).toHaveLength(0);
  await projection.rows("UPDATE quarantine SET retry_at = retry_at - interval '10 years'");
  expect(await due()).toEqual([true]);
  expect(await give('retry', { of: { tenants: ['nowhere'] } })).toMatchObject({ status: 404 });
});

test('without a quarantine there is nothing to try', async () => {
  expect(await give('retry', { of: { tenants: 'all' } })).toMatchObject({
    status: 404,
    answer: { detail: expect.stringContaining('ces rules --phase Quarantined') },
  });
});
