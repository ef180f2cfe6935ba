import { startTestApi } from '#testing/api-under-test';
import { gone, put } from '#testing/project/cluster-spec';
import { declareTenant } from '#testing/project/declared';
import { batch } from '#testing/project/messages';
import { clusterRule, externalService, pod, podRule } from '#testing/project/objects';
import { ProjectionUnderTest } from '#testing/project/projection-under-test';
import { type RunningApi } from '#apps/api/src/api';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ces, type RecordedRun } from '../testing/recorded-run.spec.js';

let projection: ProjectionUnderTest;
let api: RunningApi;

/** Noon: a rule. 12:01: it is declared. 12:02: its pod goes. 12:03: the rule becomes a denial. 12:04: an operator asks. */
beforeAll(async () => {
  projection = await ProjectionUnderTest.create();
  const web = pod('web', { addresses: ['10.1.0.1'] });
  await projection.list([
    web,
    externalService('payments'),
    podRule('to-payments', {}, { manager: 'argocd' }),
    externalService('dns', {}, { namespace: 'kube-system' }),
    clusterRule('to-dns', { externalServices: ['dns'] }),
  ]);
  projection.clock.pass(60);
  await declareTenant(projection);
  const message = (changes: Parameters<typeof batch>[1], to: number, kind: 'Pod' | 'PodEgressRule') =>
    projection.project(batch([[kind, 100, to]], changes, { observedAt: projection.clock.pass(60).toISOString() }));
  await message([gone({ ...web, resourceVersion: '105' })], 110, 'Pod');
  const denial = podRule(
    'to-payments',
    { action: 'drop' },
    { manager: 'mallory', generation: 2, resourceVersion: '107' },
  );
  await message([put(denial)], 110, 'PodEgressRule');
  projection.clock.pass(60);
  const actor = { name: 'ann@laptop', origin: 'cli' };
  await projection.commands.requestResync({ device: 'bigip', tenants: 'all', actor });
  api = await startTestApi(projection.url);
});

afterAll(async () => {
  await api.close();
  await projection.close();
});

function run(...parameters: readonly string[]): Promise<RecordedRun> {
  return ces(...parameters, '--api-url', api.url);
}

test('promise 11: an address at a moment', async () => {
  expect(await run('grants', '10.1.0.1', '--at', '2026-03-01 12:02:30Z')).toMatchInlineSnapshot(`
    {
      "code": 0,
      "err": "",
      "out": "Rules that had 10.1.0.1 at 2026-03-01 12:02:30Z in their source sets, or on the device:

    RULE                             ACTION   ADDRESS    POD        WANTED                                         ON THE DEVICE   HELD                         WRITTEN
    PodEgressRule shop/to-payments   accept   10.1.0.1   shop/web   2026-03-01 12:00:00Z to 2026-03-01 12:02:00Z   yes             since 2026-03-01 12:01:00Z   2026-03-01 12:00:00Z by argocd, position 14

    Rules for every address that the device held then:

    RULE                       ACTION              TENANT              ON THE DEVICE   WRITTEN
    ClusterEgressRule to-dns   accept-decisively   Common, version 1   yes             2026-03-01 12:00:00Z by kubectl, position 10",
    }
  `);
});

test('an address that no rule knows, and a moment before everything', async () => {
  expect(await run('grants', '10.9.9.9', '--at', '2026-03-01T11:00:00Z')).toMatchInlineSnapshot(`
    {
      "code": 0,
      "err": "",
      "out": "No rule had the address 10.9.9.9 at 2026-03-01 11:00:00Z in its source set.",
    }
  `);
});

test('an address for programs', async () => {
  const { code, out } = await run('grants', '10.1.0.1', '--at', '2026-03-01T12:01:30Z', '--output', 'json');
  const answer: unknown = JSON.parse(out);
  expect({ code, answer }).toMatchObject({
    code: 0,
    answer: {
      address: '10.1.0.1',
      at: '2026-03-01T12:01:30.000Z',
      grants: [
        { rule: { name: 'to-payments', written: { manager: 'argocd' } }, pod: { name: 'web' }, heldThen: 'yes' },
      ],
      everyone: [{ rule: { name: 'to-dns' } }],
    },
  });
});

test('what people changed', async () => {
  expect(await run('audit')).toMatchInlineSnapshot(`
    {
      "code": 0,
      "err": "",
      "out": "POSITION   RECORDED               WHO                ACTION    KIND                NAME               WHAT
    19         2026-03-01 12:04:00Z   ann@laptop (cli)   resync    Tenant              Common
    18         2026-03-01 12:03:00Z   mallory            changed   PodEgressRule       shop/to-payments   spec.action
    14         2026-03-01 12:00:00Z   argocd             created   PodEgressRule       shop/to-payments
    10         2026-03-01 12:00:00Z   kubectl            created   ClusterEgressRule   to-dns
    8          2026-03-01 12:00:00Z   kubectl            created   ExternalService     kube-system/dns
    7          2026-03-01 12:00:00Z   kubectl            created   ExternalService     shop/payments
    1          2026-03-01 12:00:00Z   unknown            created   Configuration       k8s",
    }
  `);
});

test.each([
  [
    ['--kind', 'podgr'],
    ['to-payments', 'to-payments'],
  ],
  [['--kind', 'configuration'], ['k8s']],
  [['--actor', 'mallory'], ['to-payments']],
  [['--actor', 'ann@laptop'], ['Common']],
  [['--namespace', 'shop', '--name', 'payments'], ['payments']],
  [['--since', '2026-03-01T12:03:00Z', '--until', '2026-03-01T12:03:00Z'], ['to-payments']],
  [['--cluster', 'elsewhere'], []],
  [['--last', '1'], ['Common']],
])('changes can be asked for by %j', async (filter, names) => {
  const { code, out } = await run('audit', ...filter, '--output', 'json');
  const entries = JSON.parse(out) as readonly { readonly name: string }[];
  expect([code, entries.map(({ name }) => name)]).toEqual([0, names]);
});

test('promise 11: one change, with the exact difference', async () => {
  const { out } = await run('audit', '--actor', 'mallory', '--output', 'json');
  const [entry] = JSON.parse(out) as readonly { readonly position: number }[];
  expect(await run('audit', String(entry?.position))).toMatchInlineSnapshot(`
    {
      "code": 0,
      "err": "",
      "out": "18: PodEgressRule shop/to-payments changed
      Cluster     k8s
      Device      bigip
      Who         mallory
      Seen        2026-03-01 12:03:00Z
      Recorded    2026-03-01 12:03:00Z
      Effective   -

    - spec.action: accept
    + spec.action: drop",
    }
  `);
});

test.each([
  [['grants'], 2, 'missing required argument'],
  [['grants', '10.1.0.0/24'], 2, 'an IPv4 or IPv6 address'],
  [['grants', '10.1.0.1', '--at', 'noon'], 2, 'A time is written like'],
  [['audit', '9999'], 1, 'Nobody changed anything at position 9999'],
  [['audit', '--kind', 'Pod'], 2, 'Kinds are'],
])('%j ends with %i', async (parameters, code, problem) => {
  const { err, ...rest } = await run(...parameters);
  expect({ ...rest, err }).toMatchObject({ code, err: expect.stringContaining(problem) as string });
});

test('the event log, newest first', async () => {
  expect(await run('events', '--last', '4')).toMatchInlineSnapshot(`
    {
      "code": 0,
      "err": "",
      "out": "POSITION   RECORDED               CLUSTER   EVENT                 OF                               WHAT
    19         2026-03-01 12:04:00Z   -         resync-requested      Tenants Common
    18         2026-03-01 12:03:00Z   k8s       upsert                PodEgressRule shop/to-payments
    17         2026-03-01 12:02:00Z   k8s       delete                Pod shop/web
    16         2026-03-01 12:01:00Z   -         declaration-applied   Tenant Common                    version 1",
    }
  `);
  expect(await run('events', '--type', 'declaration-refused')).toMatchInlineSnapshot(`
    {
      "code": 0,
      "err": "There are no such events.",
      "out": "",
    }
  `);
});

test('the event log: a type that there is not is no empty list', async () => {
  const { code, err } = await run('events', '--type', 'declaration-reufsed');
  expect([code, err]).toEqual([2, expect.stringContaining('declaration-refused')]);
});

test('the event log as it grows: each event is a line', async () => {
  expect(await run('events', '--follow', '--after', '0', '--tenant', 'Common', '--last', '2')).toMatchInlineSnapshot(`
    {
      "code": 0,
      "err": "Following the event log; Ctrl-C ends it.",
      "out": "16         2026-03-01 12:01:00Z   -   declaration-applied   Tenant Common   version 1
    19         2026-03-01 12:04:00Z   -   resync-requested      Tenants Common",
    }
  `);
  const { code, out } = await run('events', '-f', '--after', '0', '--kind', 'Pod', '--last', '2', '--output', 'json');
  expect(code).toBe(0);
  expect(out.split('\n').map((line) => (JSON.parse(line) as { type: string }).type)).toEqual(['upsert', 'kind-synced']);
});

test('the event log: a position without --follow, and an API that is not there', async () => {
  expect(await run('events', '--after', '7')).toMatchObject({ code: 2, err: expect.stringContaining('--follow') });
  const away = await ces('events', '--follow', '--api-url', 'http://127.0.0.1:9');
  expect(away).toMatchObject({ code: 3, err: expect.stringContaining('cannot be reached') });
});
