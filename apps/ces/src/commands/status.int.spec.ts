import { startTestApi } from '#testing/api-under-test';
import { declareTenant, reportTenant } from '#testing/project/declared';
import { chunk, configurationMessage } from '#testing/project/messages';
import { configurationText, externalService, pod, podRule } from '#testing/project/objects';
import { ProjectionUnderTest } from '#testing/project/projection-under-test';
import { type RunningApi } from '#apps/api/src/api';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { ces } from '../testing/recorded-run.spec.js';

let projection: ProjectionUnderTest;
let api: RunningApi;

beforeAll(async () => {
  projection = await ProjectionUnderTest.create();
  api = await startTestApi(projection.url);
});

beforeEach(() => projection.clear());

afterAll(async () => {
  await api.close();
  await projection.close();
});

const understood = [pod('web', { addresses: ['10.1.0.1'] }), externalService('payments'), podRule('to-payments')];

test('before a watcher has reported anything', async () => {
  expect(await ces('status', '--api-url', api.url)).toMatchInlineSnapshot(`
    {
      "code": 0,
      "err": "",
      "out": "No watcher has reported a cluster yet.

    There are no rules.",
    }
  `);
});

test('while the first lists are under way', async () => {
  await projection.project(configurationMessage());
  await projection.project(chunk('PodEgressRule', 100, [podRule('to-payments')]));
  expect(await ces('status', '--api-url', api.url)).toMatchInlineSnapshot(`
    {
      "code": 0,
      "err": "",
      "out": "Not in step yet.

    CLUSTER   DEVICE   KNOWN     EVENTS UP TO
    k8s       bigip    in part   3

    There are no rules.

    Waiting:
      cluster k8s: its first lists are not in; nothing of it is declared before",
    }
  `);
});

test('while a device is away', async () => {
  await projection.list(understood);
  const message = 'The BIG-IP cannot be reached: connect ECONNREFUSED. It is tried again.';
  await reportTenant(projection, { state: 'waiting', reason: 'Waiting', message });
  expect(await ces('status', '--api-url', api.url)).toMatchInlineSnapshot(`
    {
      "code": 0,
      "err": "",
      "out": "Not in step yet: 1 rule on the way.

    CLUSTER   DEVICE   KNOWN        EVENTS UP TO
    k8s       bigip    completely   13

    DEVICE   TENANT   RULES   VERSION   STATE
    bigip    Common   1       -         waiting

    Rules: 1 Syncing

    Waiting:
      tenant Common: The BIG-IP cannot be reached: connect ECONNREFUSED. It is tried again. (2026-03-01 12:00:00Z)",
    }
  `);
});

test('in step', async () => {
  await projection.list(understood);
  await declareTenant(projection);
  expect(await ces('status', '--api-url', api.url)).toMatchInlineSnapshot(`
    {
      "code": 0,
      "err": "",
      "out": "Everything is in step.

    CLUSTER   DEVICE   KNOWN        EVENTS UP TO
    k8s       bigip    completely   13

    DEVICE   TENANT   RULES   VERSION   STATE
    bigip    Common   1       1         in step

    Rules: 1 Success",
    }
  `);
  const { code, out } = await ces('status', '--api-url', api.url, '--output', 'json');
  expect([code, JSON.parse(out)]).toEqual([
    0,
    expect.objectContaining({ verdict: 'in step', rules: expect.objectContaining({ Success: 1 }), failedRules: [] }),
  ]);
});

test('with a rule that names what is not there, and a tenant that waits for somebody', async () => {
  await projection.list([...understood, podRule('to-nowhere', { externalServices: ['missing'] })]);
  const message = 'The partition "Common" holds objects of another controller; approve the take-over.';
  await reportTenant(projection, { state: 'failed', reason: 'TakeoverHeld', message });
  expect(await ces('status', '--api-url', api.url)).toMatchInlineSnapshot(`
    {
      "code": 1,
      "err": "",
      "out": "Failed: 1 tenant and 2 rules.

    CLUSTER   DEVICE   KNOWN        EVENTS UP TO
    k8s       bigip    completely   14

    DEVICE   TENANT   RULES   VERSION   STATE
    bigip    Common   2       -         failed

    Rules: 2 Failed

    Failed:
      tenant Common: TakeoverHeld: The partition "Common" holds objects of another controller; approve the take-over. (2026-03-01 12:00:00Z)
      PodEgressRule shop/to-nowhere: UnknownExternalService: The external service "missing" does not exist in the namespace "shop"; create it or correct spec.externalServices.
      PodEgressRule shop/to-payments: TakeoverHeld: The partition "Common" holds objects of another controller; approve the take-over.",
    }
  `);
});

test('more failures than a screen holds are counted', async () => {
  const rules = Array.from({ length: 23 }, (_, index) => podRule(`wrong-${index}`, { externalServices: ['missing'] }));
  await projection.list(rules);
  const { code, out } = await ces('status', '--api-url', api.url);
  expect([code, out.split('\n').at(0), out.split('\n').at(-1)]).toEqual([
    1,
    'Failed: 23 rules.',
    '  and 3 rules more: ces rules --phase Failed',
  ]);
});

test('what a manifest quotes does not steer the terminal', async () => {
  await projection.list([podRule('rude', { externalServices: ['a\u001b[2Jb'] })]);
  expect((await ces('status', '--api-url', api.url)).out).not.toContain('\u001b');
  expect((await ces('rules', 'rude', '--api-url', api.url)).out).not.toContain('\u001b');
});

test('tenants are listed with what is wanted and why they are not there', async () => {
  await projection.list(understood, configurationText({ deviceName: 'bigip' }));
  await reportTenant(projection, {
    state: 'waiting',
    reason: 'Waiting',
    message: 'AS3 is at work. It is tried again.',
  });
  expect(await ces('tenants', '--api-url', api.url)).toMatchInlineSnapshot(`
    {
      "code": 0,
      "err": "",
      "out": "DEVICE   TENANT   RULES   VERSION   WANTED   APPLIED   STATE     SINCE                  WHY
    bigip    Common   1       -         13       0         waiting   2026-03-01 12:00:00Z   AS3 is at work. It is tried again.",
    }
  `);
  await declareTenant(projection);
  expect((await ces('tenants', '--api-url', api.url)).out).toMatchInlineSnapshot(`
    "DEVICE   TENANT   RULES   VERSION   WANTED   APPLIED   STATE     SINCE                  WHY
    bigip    Common   1       1         13       14        in step   2026-03-01 12:00:00Z"
  `);
  const { out } = await ces('tenants', '--api-url', api.url, '-o', 'json', '--device', 'bigip');
  expect(JSON.parse(out)).toMatchObject([{ device: 'bigip', tenant: 'Common', version: 1 }]);
  expect(await ces('tenants', '--api-url', api.url, '--device', 'none')).toMatchObject({
    code: 0,
    err: 'There are no such tenants.',
  });
});
