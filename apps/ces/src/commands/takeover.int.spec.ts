import { startTestApi } from '#testing/api-under-test';
import { externalService, pod, podRule } from '#testing/project/objects';
import { ProjectionUnderTest } from '#testing/project/projection-under-test';
import { type RunningApi } from '#apps/api/src/api';
import { projectionStatistics } from '#project/adapters/projection-statistics';
import { type TakeoverFinding } from '#project/ports/takeover';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { ces } from '../testing/recorded-run.spec.js';

let projection: ProjectionUnderTest;
let api: RunningApi;

/** A tenant that CES 0.5 filled, as a worker finds it. */
const finding: TakeoverFinding = {
  digest: '5d'.repeat(32),
  reason: 'FilledByAnotherController',
  objects: [],
  differences: ['- Firewall_Rule_List k8s_svc_shop_old_ext_bank_rule_list'],
  effect: [{ change: 'closed', packets: '10.1.0.9 -> 198.51.100.7 tcp/443' }],
  counts: { objects: 0, differences: 3, effect: 1 },
  steps: 2,
};

beforeAll(async () => {
  projection = await ProjectionUnderTest.create();
  api = await startTestApi(projection.url);
});

beforeEach(async () => {
  await projection.clear();
  await projection.list([pod('web', { addresses: ['10.1.0.1'] }), externalService('payments'), podRule('to-payments')]);
});

afterAll(async () => {
  await api.close();
  await projection.close();
});

const takeover = (...parameters: readonly string[]) => ces('takeover', '--api-url', api.url, ...parameters);

async function found(given: Partial<TakeoverFinding> = {}): Promise<void> {
  const lease = await projection.lease();
  await projection.log.takeoverFound(lease, 'Common', { ...finding, ...given });
  await projection.log.release(lease);
}

async function approvals(): Promise<readonly { data: unknown }[]> {
  return projection.rows("SELECT data FROM event WHERE type = 'takeover-approved'");
}

test('where nothing was found there is nothing to approve', async () => {
  expect(await takeover()).toEqual({ code: 0, out: '', err: 'No tenant has to be taken over.' });
  expect(await takeover('Common')).toMatchObject({ code: 1, err: expect.stringContaining('"Common"') as string });
  expect(await takeover('approve', 'Common')).toMatchObject({ code: 1 });
  expect(await approvals()).toEqual([]);
});

test('while a tenant waits, all of it is shown, and the exit code says so', async () => {
  await found();
  expect(await takeover()).toMatchInlineSnapshot(`
    {
      "code": 1,
      "err": "",
      "out": "DEVICE   TENANT   STATE                OBJECT LINES   EFFECTS   DECLARATIONS   FOUND
    bigip    Common   waits for approval   3              1         2              2026-03-01 12:00:00Z",
    }
  `);
  expect(await takeover('Common')).toMatchInlineSnapshot(`
    {
      "code": 1,
      "err": "",
      "out": "Common on bigip: waits for approval (found at 2026-03-01 12:00:00Z)
    It takes 2 declarations, none of which opens anything. Digest 5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d

    Objects:
      - Firewall_Rule_List k8s_svc_shop_old_ext_bank_rule_list
      and 2 more

    Packets that would be judged differently:
      CLOSED 10.1.0.9 -> 198.51.100.7 tcp/443",
    }
  `);
  const { code, out } = await takeover('--output', 'json');
  expect(code).toBe(1);
  expect(JSON.parse(out)).toMatchObject([{ tenant: 'Common', finding, approval: null, done: false }]);
});

test('promise 11: an approval is of what was found, and recorded with who gave it', async () => {
  await found();
  const run = await takeover('approve', 'Common', '--digest', finding.digest);
  expect(run).toMatchObject({ code: 0, out: expect.stringContaining('The take-over of Common is approved') as string });
  expect(await approvals()).toMatchObject([
    {
      data: { tenant: 'Common', digest: finding.digest, actor: { name: expect.stringMatching(/^ces\/.+@/) as string } },
    },
  ]);
  expect(await takeover()).toMatchObject({ code: 0, out: expect.stringContaining('approved') as string });
});

test('promise 10: another finding than the one that was looked at is not approved', async () => {
  await found();
  expect(await takeover('approve', 'Common', '--digest', 'aa'.repeat(32))).toMatchObject({ code: 2 });
  expect(await takeover('approve', 'Common', '--digest', 'latest')).toMatchObject({ code: 2 });
  expect(await approvals()).toEqual([]);
  await takeover('approve', 'Common');
  await found({ digest: 'bb'.repeat(32) });
  const { code, out } = await takeover('Common');
  expect(code).toBe(1);
  expect(out).toContain('of an earlier finding: it has to be approved anew');
});

test('an installation that observes shows what it would do, and waits for nobody', async () => {
  await found({ reason: 'Observing', effect: [], counts: { ...finding.counts, effect: 0 } });
  const { code, out } = await takeover('Common');
  expect(code).toBe(0);
  expect(out).toContain('Common on bigip: observed');
  expect(out).toContain('No packet would be judged differently.');
});

test('how many tenants wait is counted until they are approved', async () => {
  await found();
  const held = async () => (await projectionStatistics(projection.source)).takeovers;
  expect(await held()).toEqual([{ device: 'bigip', reason: 'FilledByAnotherController', tenants: 1 }]);
  await takeover('approve', 'Common');
  expect(await held()).toEqual([]);
});
