import { startTestApi } from '#testing/api-under-test';
import { declareTenant, refuseTenant } from '#testing/project/declared';
import { externalService, pod, podRule } from '#testing/project/objects';
import { PostgresDeclarationRetention } from '#project/adapters/postgres-declaration-retention';
import { ProjectionUnderTest } from '#testing/project/projection-under-test';
import { type RunningApi } from '#apps/api/src/api';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ces } from '../testing/recorded-run.spec.js';

let projection: ProjectionUnderTest;
let api: RunningApi;

beforeAll(async () => {
  projection = await ProjectionUnderTest.create();
  await projection.list([pod('web', { addresses: ['10.1.0.1'] }), externalService('payments'), podRule('to-payments')]);
  await declareTenant(projection);
  await projection.relist([
    pod('web', { addresses: ['10.1.0.7'] }),
    externalService('payments', { addresses: ['198.51.100.7', '999.1.1.1.example.com'] }),
  ]);
  await refuseTenant(projection, '01070734:3: Configuration error: invalid domain name');
  await projection.relist([externalService('payments', { addresses: ['198.51.100.7', '198.51.100.8'] })]);
  await declareTenant(projection);
  api = await startTestApi(projection.url);
});

afterAll(async () => {
  await api.close();
  await projection.close();
});

const declarations = (...parameters: readonly string[]) => ces('declarations', '--api-url', api.url, ...parameters);

test('all of them, newest first', async () => {
  expect(await declarations()).toMatchInlineSnapshot(`
    {
      "code": 0,
      "err": "",
      "out": "TENANT   VERSION   BEGUN                  EFFECTIVE              PURPOSE   RULES   OUTCOME   WHY
    Common   3         2026-03-01 12:03:00Z   2026-03-01 12:03:00Z   change    1       applied
    Common   2         2026-03-01 12:02:00Z   -                      change    1       refused   Refused: 01070734:3: Configuration error: invalid domain name
    Common   1         2026-03-01 12:00:00Z   2026-03-01 12:00:00Z   change    1       applied",
    }
  `);
});

test('the last ones of a tenant, as JSON', async () => {
  const { code, out } = await declarations('Common', '--last', '2', '-o', 'json');
  expect([code, JSON.parse(out)]).toEqual([
    0,
    [expect.objectContaining({ version: 3 }), expect.objectContaining({ version: 2, outcome: 'refused' })],
  ]);
});

test('the first of a tenant adds everything', async () => {
  const { out } = await declarations('Common', '1');
  expect(out.split('\n').slice(0, 2)).toEqual([
    'Common, version 1, applied, begun 2026-03-01 12:00:00Z',
    'The first of ours on the device.',
  ]);
  expect(
    out
      .split('\n')
      .slice(2)
      .every((line) => line.startsWith('  + ')),
  ).toBe(true);
});

test('a later one is shown as the difference to what the device held: not to what was refused', async () => {
  expect((await declarations('Common', '3')).out).toMatchInlineSnapshot(`
    "Common, version 3, applied, begun 2026-03-01 12:03:00Z
    Compared with version 1:
      ~ Firewall_Address_List k8s_pod_shop_to-payments_ext_payments_address
          + addresses: 198.51.100.8
      ~ Firewall_Address_List k8s_pod_shop_to-payments_src_address
          - addresses: 10.1.0.1
          + addresses: 10.1.0.7"
  `);
});

test('a refused one is shown with the words of the device', async () => {
  expect((await declarations('Common', '2')).out).toMatchInlineSnapshot(`
    "Common, version 2, refused (Refused: 01070734:3: Configuration error: invalid domain name), begun 2026-03-01 12:02:00Z
    Compared with version 1:
      ~ Firewall_Address_List k8s_pod_shop_to-payments_ext_payments_address
          + fqdns: 999.1.1.1.example.com
      ~ Firewall_Address_List k8s_pod_shop_to-payments_src_address
          - addresses: 10.1.0.1
          + addresses: 10.1.0.7"
  `);
});

test('the AS3 tenant itself', async () => {
  const { code, out } = await declarations('Common', '3', '--body');
  expect([code, JSON.parse(out)]).toEqual([
    0,
    expect.objectContaining({ class: 'Tenant', Shared: expect.objectContaining({ class: 'Application' }) }),
  ]);
});

test.each([
  [['Common', '9'], 1, 'The tenant "Common" has no version 9; `ces declarations Common` lists them.'],
  [['nowhere', '1'], 1, 'There is no tenant "nowhere"; `ces tenants` lists them.'],
  [['nowhere'], 0, 'There are no such declarations.'],
  [['--body'], 2, '--body needs a tenant and a version: ces declarations TENANT VERSION --body'],
])('%j ends with %i', async (parameters, code, err) => {
  expect(await declarations(...parameters)).toEqual({ code, out: '', err });
});

test('of what is not kept any more the remedy is told, and nothing is compared with anything else', async () => {
  projection.clock.pass(91 * 86_400);
  const retention = new PostgresDeclarationRetention(projection.source, projection.clock);
  for (const limit of await retention.limits('bigip')) await retention.thin('bigip', limit, 10);
  const err = expect.stringContaining('version 1 of "Common" is not kept any more') as string;
  for (const version of ['1', '3']) expect(await declarations('Common', version)).toEqual({ code: 1, out: '', err });
  expect(await declarations('Common', '3', '--body')).toMatchObject({ code: 0 });
});
