import { startTestApi } from '#testing/api-under-test';
import { declareTenant } from '#testing/project/declared';
import { configurationText, externalService } from '#testing/project/objects';
import { configurationMessage } from '#testing/project/messages';
import { ProjectionUnderTest } from '#testing/project/projection-under-test';
import { type RunningApi } from '#apps/api/src/api';
import { PostgresRemovalLog } from '#project/adapters/postgres-removal-log';
import { type RemovalFinding } from '#project/ports/removal';
import { waitFor } from '#testing/wait-for';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { ces } from '../testing/recorded-run.spec.js';

let projection: ProjectionUnderTest;
let api: RunningApi;

const withShop = `
clusterName: k8s
isSupportRouteDomain: true
layout: in-place
tenant:
  - name: Common
    gwPool: { serverAddresses: ["192.0.2.1"] }
  - name: shop
    namespaces: shop
    routeDomain: { id: 2, name: rd2 }
    gwPool: { serverAddresses: ["192.0.2.1"] }
`;

beforeAll(async () => {
  projection = await ProjectionUnderTest.create();
  api = await startTestApi(projection.url);
});

beforeEach(async () => {
  await projection.clear();
  await projection.list([externalService('payments')], withShop);
  await projection.project(configurationMessage(configurationText()));
  const lease = await projection.lease();
  await projection.log.unchanged(lease, 'shop', (await projection.tenant('shop')).position);
  await declareTenant(projection);
});

afterAll(async () => {
  await api.close();
  await projection.close();
});

const remove = (...parameters: readonly string[]) => ces('tenants', 'remove', '--api-url', api.url, ...parameters);
const requests = () =>
  projection.rows<{ data: object }>("SELECT data FROM event WHERE type = 'removal-requested' ORDER BY position");

/** What a worker finds that looks at the tenant as soon as it is asked to. */
async function found(finding: Partial<RemovalFinding>): Promise<void> {
  const removals = new PostgresRemovalLog(projection.source, projection.clock);
  const removal = await waitFor(async () => {
    const [open] = await removals.openRemovals('bigip');
    if (open === undefined) throw new Error('nothing is asked for');
    return open;
  });
  const whole = { stored: true, objects: ['/shop/Shared/k8s_gw_pool'], count: 1, obstacles: [], ...finding };
  await removals.removalExamined(await projection.lease(), removal, whole);
}

test('with --dry-run it is shown what would go, and nothing is asked for but to look', async () => {
  const [run] = await Promise.all([remove('shop', '--dry-run'), found({})]);
  expect(run).toMatchObject({
    code: 0,
    out: 'shop on bigip: can be removed. AS3 would delete 1 objects:\n  - /shop/Shared/k8s_gw_pool',
  });
  expect(await requests()).toMatchObject([{ data: { tenant: 'shop', dryRun: true } }]);
  expect(await projection.rows("SELECT FROM audit_entry WHERE kind = 'Tenant'")).toEqual([]);
});

test('promise 10: who refuses is told, with exit code 1', async () => {
  const obstacles = [
    { reason: 'OthersDeclared', message: 'AS3 stores objects in it that others declared: x.' },
  ] as const;
  const [shown] = await Promise.all([remove('shop', '--dry-run'), found({ obstacles })]);
  expect(shown).toMatchObject({ code: 1, out: expect.stringContaining('cannot be removed\n  OthersDeclared: AS3') });
  const [refused] = await Promise.all([
    remove('shop', '--reason', 'Closed.', '--wait', '--output', 'json'),
    found({ obstacles }),
  ]);
  expect(refused.code).toBe(1);
  expect(JSON.parse(refused.out)).toMatchObject({ tenant: 'shop', state: 'refused', finding: { obstacles } });
});

test('promise 11: a removal is recorded with who asks and why', async () => {
  expect(await remove('shop')).toMatchObject({ code: 2, err: expect.stringContaining('--reason') });
  expect(await remove('shop', '--reason', 'Closed.')).toMatchObject({
    code: 0,
    out: expect.stringContaining('The removal of shop is asked for'),
  });
  const actor = { name: expect.stringMatching(/^ces\/.+@/) };
  expect(await requests()).toMatchObject([{ data: { dryRun: false, reason: 'Closed.', actor } }]);
  const { out } = await ces('audit', '--api-url', api.url, '--kind', 'Tenant');
  expect(out).toContain('remove');
  expect(await remove('shop', '--dry-run')).toMatchObject({
    code: 2,
    err: expect.stringContaining('asked for already'),
  });
});

test('what can be told without the device is told at once', async () => {
  expect(await remove('Common', '--reason', 'x')).toMatchObject({
    code: 2,
    err: expect.stringContaining('never removes'),
  });
  expect(await remove('nowhere', '--reason', 'x')).toMatchObject({ code: 1 });
  expect(await requests()).toEqual([]);
});

test('nobody waits for ever for a worker that is away', async () => {
  expect(await remove('shop', '--dry-run', '--timeout', '0.2')).toMatchObject({
    code: 1,
    out: 'shop on bigip: no worker has taken it up yet',
  });
});
