import { declareTenant } from '#testing/project/declared';
import { configurationMessage } from '#testing/project/messages';
import { configurationText, externalService, pod, podRule } from '#testing/project/objects';
import { ProjectionUnderTest } from '#testing/project/projection-under-test';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { ces, type RecordedRun } from '../testing/recorded-run.spec.js';

let projection: ProjectionUnderTest;

beforeAll(async () => {
  projection = await ProjectionUnderTest.create();
});

beforeEach(async () => {
  vi.stubEnv('DATABASE_URL', projection.url);
  await projection.clear();
  await projection.list([pod('web', { addresses: ['10.1.0.1'] }), externalService('payments'), podRule('to-payments')]);
  projection.clock.pass(60);
  await declareTenant(projection);
});

afterAll(async () => {
  vi.unstubAllEnvs();
  await projection.close();
});

/** Without what depends on the machine. */
async function replay(...parameters: readonly string[]): Promise<RecordedRun> {
  const run = await ces('replay', ...parameters);
  const out = run.out.replace(/in [\d.]+ s, \d+ a second/, 'in 1 s, 1000 a second');
  return { ...run, out, err: run.err.replace(/^position .*\n?/gm, '') };
}

test('projections that are what the log gives', async () => {
  expect(await replay()).toMatchInlineSnapshot(`
    {
      "code": 0,
      "err": "",
      "out": "Replayed 14 events in 1 s, 1000 a second.

    PROJECTION       ROWS   MISSING   UNEXPECTED   DIFFERENT
    cluster          1      0         0            0
    cluster_object   3      0         0            0
    rule             1      0         0            0
    egress_grant     1      0         0            0
    grant_hold       1      0         0            0
    audit_entry      3      0         0            0
    tenant_state     1      0         0            0
    tenant_drift     0      0         0            0
    tenant_pin       0      0         0            0
    pinned_rule      0      0         0            0
    pinned_grant     0      0         0            0
    takeover         0      0         0            0
    tenant_removal   0      0         0            0
    quarantine       0      0         0            0
    rule_status      1      0         0            0

    The live projections are what the log gives.",
    }
  `);
});

test('projections that are not, and what a swap makes of them', async () => {
  await projection.rows('DELETE FROM grant_hold');
  await projection.rows(`UPDATE cluster_object SET manager = 'mallory' WHERE kind = 'Pod'`);
  await projection.rows(`UPDATE tenant_state SET tenant = 'elsewhere'`);
  expect(await replay()).toMatchInlineSnapshot(`
    {
      "code": 1,
      "err": "",
      "out": "Replayed 14 events in 1 s, 1000 a second.

    PROJECTION       ROWS   MISSING   UNEXPECTED   DIFFERENT
    cluster          1      0         0            0
    cluster_object   3      0         0            1
    rule             1      0         0            0
    egress_grant     1      0         0            0
    grant_hold       1      1         0            0
    audit_entry      3      0         0            0
    tenant_state     1      1         1            0
    tenant_drift     0      0         0            0
    tenant_pin       0      0         0            0
    pinned_rule      0      0         0            0
    pinned_grant     0      0         0            0
    takeover         0      0         0            0
    tenant_removal   0      0         0            0
    quarantine       0      0         0            0
    rule_status      1      0         0            0

    cluster_object:
      ~ cluster k8s, kind Pod, uid Pod/shop/web
          - manager: mallory
          + manager: kubectl

    grant_hold:
      + device bigip, tenant Common, cluster k8s, rule_uid PodEgressRule/shop/to-payments, prefix 10.1.0.1, route_domain 0, from_version 1, from_earliest 2026-03-01T12:01:00+00:00

    tenant_state:
      + device bigip, tenant Common
      - device bigip, tenant elsewhere

    The live projections are not what the log gives. \`ces replay --swap\` brings them to it.",
    }
  `);
  expect(await replay('--swap', '--show', '1', '--output', 'json')).toMatchObject({ code: 0 });
  expect(await replay()).toMatchObject({ code: 0 });
});

test('differences for programs', async () => {
  await projection.rows('UPDATE cluster SET judgement = 7');
  const { code, out } = await replay('--output', 'json');
  const report: unknown = JSON.parse(out);
  expect(code).toBe(1);
  expect(report).toMatchObject({
    swapped: false,
    tables: expect.arrayContaining([
      {
        table: 'cluster',
        rows: 1,
        missing: 0,
        unexpected: 0,
        different: 1,
        examples: [{ key: { name: 'k8s' }, live: { judgement: 7 }, replayed: { judgement: 2 } }],
      },
    ]) as unknown,
  });
});

test('an earlier moment, by its position and by its time', async () => {
  const position = String(await projection.count('event'));
  projection.clock.pass(60);
  await projection.relist([], ['Pod']);
  await declareTenant(projection);
  const then = await replay('--until', position);
  expect(then).toMatchInlineSnapshot(`
    {
      "code": 0,
      "err": "",
      "out": "At position 14:

    NAMESPACE   NAME          KIND            ACTION   ADDRESSES   TENANT   PHASE     REASON
    shop        to-payments   PodEgressRule   accept   1           Common   Success

    ADDRESS    RULE                             NAMESPACE   POD   SINCE                  ON THE DEVICE
    10.1.0.1   PodEgressRule shop/to-payments   shop        web   2026-03-01 12:00:00Z   yes

    TENANT   VERSION   BEGUN                  EFFECTIVE              PURPOSE   RULES   OUTCOME   WHY
    Common   1         2026-03-01 12:01:00Z   2026-03-01 12:01:00Z   change    1       applied",
    }
  `);
  expect(await replay('--until', '2026-03-01 12:01:30Z')).toEqual(then);
  const past: unknown = JSON.parse((await replay('--until', position, '--output', 'json')).out);
  expect(past).toMatchObject({
    position: Number(position),
    rules: [{ name: 'to-payments', grants: [{ prefix: '10.1.0.1', pod: { name: 'web' }, held: true }] }],
    declarations: [{ tenant: 'Common', version: 1, content: { declaration: { class: 'Tenant' } } }],
  });
});

test('a moment before everything', async () => {
  expect(await replay('--until', '2020-01-01')).toMatchInlineSnapshot(`
    {
      "code": 0,
      "err": "",
      "out": "At position 0:

    There were no rules.

    There were no addresses.

    Nothing was declared yet.",
    }
  `);
});

test.each([
  [['--until', '99999'], 'The log ends at position'],
  [['--until', 'yesterday'], 'A time is written like'],
  [['--until', '2026-02-31T99:00:00Z'], 'A time is written like'],
  [['--until', '1', '--swap'], 'cannot be used with'],
  [['--show', '0'], 'a whole number from 1 on'],
])('%j is refused', async (parameters, problem) => {
  const { code, err } = await replay(...parameters);
  expect({ code, err }).toMatchObject({ code: 2, err: expect.stringContaining(problem) as string });
});

test('a database that is not named, does not answer, or cannot be replayed', async () => {
  vi.stubEnv('DATABASE_URL', '');
  expect(await replay()).toMatchObject({ code: 2, err: expect.stringContaining('DATABASE_URL') as string });
  vi.stubEnv('DATABASE_URL', 'postgres://ces:hunter2@127.0.0.1:1/ces');
  const away = await replay();
  expect(away).toMatchObject({ code: 3, err: expect.stringContaining('ECONNREFUSED') as string });
  expect(away.err).not.toContain('hunter2');
  vi.stubEnv('DATABASE_URL', projection.url);
  await projection.rows('DELETE FROM declaration');
  expect(await replay()).toMatchObject({ code: 3, err: expect.stringContaining('as they were') as string });
});

test('a configuration that changed meanwhile is no difference', async () => {
  await projection.project(configurationMessage(configurationText({ namespaceSource: 'pods' })));
  expect(await replay()).toMatchObject({ code: 0 });
});
