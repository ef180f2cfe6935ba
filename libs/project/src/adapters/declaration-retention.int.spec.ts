import { gone } from '#testing/project/cluster-spec';
import { declareTenant } from '#testing/project/declared';
import { configurationMessage } from '#testing/project/messages';
import { configurationText, externalService, pod, podRule } from '#testing/project/objects';
import { projectionContents } from '#testing/project/projection-contents';
import { ProjectionUnderTest } from '#testing/project/projection-under-test';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { isSame } from '../ports/replay.js';
import { PostgresDeclarationRetention } from './postgres-declaration-retention.js';
import { Replay } from './replay/replay.js';

let projection: ProjectionUnderTest;
let retention: PostgresDeclarationRetention;
const day = 86_400;
const actor = { name: 'ann', origin: 'cli' };
const lost = podRule('to-payments');

beforeAll(async () => {
  projection = await ProjectionUnderTest.create();
  retention = new PostgresDeclarationRetention(projection.source, projection.clock);
});

/** Versions 1 to 4 of Common, a month apart; the last one 100 days ago. */
beforeEach(async () => {
  await projection.clear();
  await projection.list([
    ...[pod('web', { addresses: ['10.1.0.1'] }), externalService('payments'), lost],
    ...[podRule('guard', { action: 'drop', priority: 1 }), podRule('other')],
  ]);
  await declareTenant(projection);
  await projection.change([gone({ ...lost, resourceVersion: '200' })], 30 * day);
  await declareTenant(projection);
  for (const name of ['web-2', 'web-3']) {
    const address = `10.1.0.${name.slice(-1)}`;
    const object = { ...pod(name, { addresses: [address] }), resourceVersion: '300' };
    await projection.change([{ type: 'upsert', object }], 30 * day);
    await declareTenant(projection);
  }
  projection.clock.pass(100 * day);
});

afterAll(() => projection.close());

async function thin(most = 100): Promise<number> {
  let count = 0;
  for (const limit of await retention.limits('bigip')) count += await retention.thin('bigip', limit, most);
  return count;
}

const whole = async () =>
  (
    await projection.rows<{ version: number }>(
      'SELECT version FROM declaration WHERE body IS NOT NULL AND rules IS NOT NULL ORDER BY version',
    )
  ).map(({ version }) => version);

test('what was replaced long ago loses its body, and the audit of it stays', async () => {
  const before = await projection.queries.declarations({ tenant: 'Common' }, { limit: 10 });
  expect(await thin()).toBe(3);
  expect(await whole()).toEqual([4]);
  expect(await projection.queries.declarations({ tenant: 'Common' }, { limit: 10 })).toEqual(before);
  expect(await projection.queries.declaration('bigip', 'Common', 1)).toMatchObject({
    outcome: 'applied',
    content: null,
  });
  expect((await projection.queries.declaration('bigip', 'Common', 4))?.content).not.toBeNull();
  expect(await thin()).toBe(0);
});

test('a few go in each transaction, the oldest first', async () => {
  expect(await thin(2)).toBe(2);
  expect(await whole()).toEqual([3, 4]);
});

test('each rule that versions have in common is kept once', async () => {
  await thin();
  // Three rules of version 1, of which the two that stay are the same in version 2, and have other addresses in 3.
  expect(await projection.count('declared_rule')).toBe(5);
});

test('promise 4: a replay gives what is there all the same', async () => {
  await thin();
  const replay = await Replay.open(projection.url, { clock: projection.clock });
  try {
    const report = await replay.compare(3);
    expect(isSame(report), JSON.stringify(report.tables)).toBe(true);
    expect(await projectionContents(replay.connection)).toEqual(await projectionContents(projection.source));
  } finally {
    await replay.close();
  }
});

test('a rollback to a version that was thinned is what it was before', async () => {
  const target = { device: 'bigip', tenant: 'Common', to: 1 };
  const before = await projection.commands.previewRollback(target);
  expect(before.differences).not.toEqual([]);
  await thin();
  expect(await projection.commands.previewRollback(target)).toEqual(before);
});

test('who was let out by rules for everyone is told of the past as before', async () => {
  await projection.rows(
    `UPDATE declaration SET rules = jsonb_set(rules, '{0,prefixes}', 'null') WHERE version IN (2, 3)`,
  );
  const at = new Date(Date.parse('2026-03-01T12:00:00.000Z') + 31 * day * 1_000);
  const ask = () => projection.history.grants({ address: '10.1.0.1', at });
  const before = await ask();
  expect(before.everyone).toHaveLength(1);
  await thin();
  expect(await ask()).toEqual(before);
});

test('what the tenant is pinned to, and falls back to, stays whole', async () => {
  await projection.commands.requestRollback({ device: 'bigip', tenant: 'Common', to: 2, reason: 'so', actor });
  await projection.rows('UPDATE tenant_state SET good_version = 3');
  await thin();
  expect(await whole()).toEqual([2, 3, 4]);
});

test('an attempt whose outcome is not known stays whole, and so does what was replaced only now', async () => {
  await projection.rows('UPDATE apply_attempt SET outcome = NULL WHERE version = 1');
  await declareTenant(projection);
  await thin();
  expect(await whole()).toEqual([1, 4, 5]);
});

test('the configuration says how long; of several clusters the longest counts', async () => {
  await projection.project(configurationMessage(configurationText({ keepDeclarations: 1_000 })));
  expect(await retention.limits('bigip')).toEqual([]);
  await projection.project(configurationMessage(configurationText({ keepDeclarations: 7 })));
  expect(await retention.limits('bigip')).toEqual([{ tenant: 'Common', before: 4 }]);
  const other = { clusterName: 'other', keepDeclarations: 1_000 };
  await projection.project(configurationMessage(configurationText(other), { cluster: 'other' }));
  expect(await retention.limits('bigip')).toEqual([]);
  expect(await retention.limits('unknown')).toEqual([]);
});
