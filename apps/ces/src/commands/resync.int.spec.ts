import { startTestApi } from '#testing/api-under-test';
import { declareTenant, reportTenant } from '#testing/project/declared';
import { externalService, pod, podRule } from '#testing/project/objects';
import { ProjectionUnderTest } from '#testing/project/projection-under-test';
import { waitFor } from '#testing/wait-for';
import { type RunningApi } from '#apps/api/src/api';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { ces } from '../testing/recorded-run.spec.js';

let projection: ProjectionUnderTest;
let api: RunningApi;

beforeAll(async () => {
  projection = await ProjectionUnderTest.create();
  api = await startTestApi(projection.url);
});

beforeEach(async () => {
  await projection.clear();
  await projection.list([pod('web', { addresses: ['10.1.0.1'] }), externalService('payments'), podRule('to-payments')]);
  await declareTenant(projection);
});

afterAll(async () => {
  await api.close();
  await projection.close();
});

const resync = (...parameters: readonly string[]) => ces('resync', '--api-url', api.url, ...parameters);

async function untilAskedFor(): Promise<void> {
  await waitFor(async () => {
    expect(await projection.queries.tenants()).toMatchObject([{ resync: true }]);
  });
}

test('a resync is asked for, and the answer says where it stands in the log', async () => {
  const run = await resync('Common');
  const [tenant] = await projection.queries.tenants();
  expect(run).toEqual({
    code: 0,
    out: `A resync of Common is asked for, at position ${tenant?.wanted}.`,
    err: '',
  });
  expect(tenant).toMatchObject({ resync: true });
  const rows = await projection.rows<{ data: unknown }>("SELECT data FROM event WHERE type = 'resync-requested'");
  expect(rows).toMatchObject([{ data: { actor: { name: expect.stringMatching(/^ces\/\d+\.\d+\.\d+ \(.+@.+\)$/) } } }]);
});

test('with --wait it follows until the device holds the tenants', async () => {
  const running = resync('--all', '--wait');
  await untilAskedFor();
  await declareTenant(projection);
  expect(await running).toEqual({
    code: 0,
    out: 'done: Common (version 2)',
    err: expect.stringMatching(/^(waiting: Common \(.*\)(\n|$))*/),
  });
});

test('with --wait it ends when somebody has to act; an earlier failure does not count', async () => {
  const held = {
    state: 'failed',
    reason: 'TakeoverHeld',
    message: 'Another controller filled the partition.',
  } as const;
  await reportTenant(projection, held);
  const running = resync('Common', '--wait', '-o', 'json');
  await untilAskedFor();
  await reportTenant(projection, held);
  const { code, out } = await running;
  expect([code, JSON.parse(out)]).toEqual([
    1,
    expect.objectContaining({
      device: 'bigip',
      failed: [{ tenant: 'Common', why: 'Another controller filled the partition.' }],
    }),
  ]);
});

test('with --wait it says when only the last good rules are in force', async () => {
  const running = resync('Common', '--wait');
  await untilAskedFor();
  await declareTenant(projection, { purpose: 'last-good' });
  expect(await running).toMatchObject({ code: 1, out: expect.stringContaining('those of the last good version') });
});

test('with --wait it gives up after a while, and says what it waited for', async () => {
  const running = resync('Common', '--wait', '--timeout', '3');
  await untilAskedFor();
  const message = 'The BIG-IP cannot be reached: connect ECONNREFUSED. It is tried again.';
  await reportTenant(projection, { state: 'waiting', reason: 'Waiting', message });
  expect(await running).toMatchObject({ code: 1, out: `waiting: Common (${message})` });
});

test.each([
  [[], 2, 'Name the tenants, or say --all.'],
  [['Common', '--all'], 2, 'Name the tenants, or say --all.'],
  [['Common', '--wait', '--timeout', 'soon'], 2, 'seconds'],
  [['nowhere'], 1, 'The device "bigip" has no tenant "nowhere"; `ces tenants` lists them.'],
])('%j ends with %i', async (parameters, code, err) => {
  expect(await resync(...parameters)).toEqual({ code, out: '', err: expect.stringContaining(err) });
});
