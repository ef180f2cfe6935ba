import { startTestApi } from '#testing/api-under-test';
import { gone } from '#testing/project/cluster-spec';
import { declareTenant } from '#testing/project/declared';
import { externalService, pod, podRule } from '#testing/project/objects';
import { ProjectionUnderTest } from '#testing/project/projection-under-test';
import { waitFor } from '#testing/wait-for';
import { type RunningApi } from '#apps/api/src/api';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { ces } from '../testing/recorded-run.spec.js';

let projection: ProjectionUnderTest;
let api: RunningApi;
const lost = podRule('to-payments');

beforeAll(async () => {
  projection = await ProjectionUnderTest.create();
  api = await startTestApi(projection.url);
});

beforeEach(async () => {
  await projection.clear();
  await projection.list([
    ...[pod('web', { addresses: ['10.1.0.1'] }), externalService('payments'), lost],
    podRule('guard', { action: 'drop', priority: 1 }),
  ]);
  await declareTenant(projection);
  await projection.change([gone({ ...lost, resourceVersion: '200' })], 60);
  await declareTenant(projection);
});

afterAll(async () => {
  await api.close();
  await projection.close();
});

const run = (...parameters: readonly string[]) => ces(...parameters, '--api-url', api.url);
const events = () => projection.count('event');

test('a rollback is shown in words, and with --dry-run nothing else happens', async () => {
  const before = await events();
  const { code, out, err } = await run('rollback', 'Common', '--to', '1', '--dry-run');
  expect([code, err]).toEqual([0, '']);
  expect(out.split('\n')).toEqual([
    'Common: from version 2 back to the rules of version 1 (on the device since 2026-03-01 12:00:00Z)',
    '  + PodEgressRule shop/to-payments: accept  opens',
    '      source: pods of shop with app=web',
    '      destination: payments: 198.51.100.7; tcp 443',
    '      address: 10.1.0.1',
    'What 1 of 1 of these let pass afterwards may not pass now; look at them before you go on.',
  ]);
  expect(await events()).toBe(before);
});

test('it pins the tenant, which ces tenants and ces status show, until it is released', async () => {
  const rolledBack = await run('rollback', 'Common', '--to', '2026-03-01 12:00:30Z', '--reason', 'The shop is down.');
  expect(rolledBack).toMatchObject({
    code: 0,
    out: expect.stringContaining('goes back to the rules of version 1, and is pinned to them'),
    err: expect.stringContaining('+ PodEgressRule shop/to-payments: accept  opens'),
  });
  await declareTenant(projection, { purpose: 'rollback' });
  expect((await run('tenants')).out).toMatch(/to version 1 since .* by ces\/.*: The shop is down\./);
  expect((await run('status')).out).toMatch(/Pinned:\n {2}tenant Common: to version 1 since .*ces unpin Common/);
  const released = run('unpin', 'Common', '--reason', 'It is up.', '--wait', '--output', 'json');
  await waitFor(async () => expect(await projection.queries.tenants()).toMatchObject([{ pin: null }]));
  await declareTenant(projection);
  const { code, out } = await released;
  expect([code, JSON.parse(out)]).toMatchObject([0, { tenants: ['Common'], done: [{ tenant: 'Common', version: 4 }] }]);
  expect((await run('tenants')).out).not.toContain('PINNED');
});

test.each([
  [['rollback', 'Common', '--to', '1'], 2, 'Say why with --reason, or look first with --dry-run.'],
  [['rollback', 'Common', '--reason', 'x'], 2, '--to'],
  [['rollback', 'Common', '--to', 'monday', '--dry-run'], 2, 'A time is written like'],
  [['rollback', 'Common', '--to', '9', '--dry-run'], 1, 'has not held version 9 of "Common"'],
  [['unpin', 'Common', '--reason', 'x'], 1, 'is not pinned'],
  [['retry'], 2, 'Name a rule, or say --tenant NAME or --all.'],
  [['retry', 'guard', '--all'], 2, 'Name a rule, or say --tenant NAME or --all.'],
  [['retry', 'guard'], 1, 'none of these rules is in quarantine'],
  [['retry', 'nobody'], 1, 'There is no rule "nobody"'],
])('%j ends with %i', async (parameters, code, err) => {
  expect(await run(...parameters)).toEqual({
    code,
    out: '',
    err: expect.stringMatching(new RegExp(err.replaceAll(/[.(]/g, '.'), 'i')),
  });
});

test('a rule in quarantine is tried again, and the audit says why', async () => {
  const guard = (await projection.tenant()).desired.rules.find(({ name }) => name === 'guard');
  const { cluster = '', uid = '' } = guard ?? {};
  const since = projection.clock.now().toISOString();
  const quarantine = { definition: 'd', since, tries: 1, retryAt: '2126-03-01T12:00:00.000Z', attempt: null };
  await declareTenant(projection, { heldBack: [{ cluster, uid, reason: 'Quarantined', message: 'no', quarantine }] });
  expect(await run('retry', 'guard', '--kind', 'podgr', '--reason', 'Mended.')).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^1 rule of Common: to be tried again, at position \d+\.$/),
  });
  const [row] = await projection.rows<{ due: boolean }>('SELECT retry_at <= now() AS due FROM quarantine');
  expect(row).toEqual({ due: true });
  const { entries } = await projection.history.audit({ kind: 'Tenant' }, { limit: 1 });
  expect(entries).toMatchObject([{ action: 'retry', name: 'Common', after: { rules: [{ uid }], reason: 'Mended.' } }]);
});
