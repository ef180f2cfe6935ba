import { type Change } from '#core/change';
import { gone, put } from '#testing/project/cluster-spec';
import { batch, configurationMessage } from '#testing/project/messages';
import {
  configurationText,
  endpoints,
  externalService,
  namespace,
  namespaceRule,
  pod,
  podRule,
  service,
  serviceRule,
} from '#testing/project/objects';
import { ProjectionUnderTest } from '#testing/project/projection-under-test';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { rebuildProjections } from './rebuild.js';

let projection: ProjectionUnderTest;

beforeAll(async () => {
  projection = await ProjectionUnderTest.create();
});

beforeEach(() => projection.clear());

afterAll(() => projection.close());

/** What the log gives again; a grant's id is only a number. */
const tables = {
  cluster: '*',
  cluster_object: '*',
  rule: '*',
  egress_grant:
    'device, cluster, rule_uid, prefix, route_domain, namespace, pod_uid, pod_name, from_position, from_time, to_position, to_time',
  grant_hold: '*',
  audit_entry: '*',
  tenant_state: '*',
  rule_status: '*',
};

async function contents(): Promise<Record<string, unknown>> {
  const all: Record<string, unknown> = {};
  for (const [table, columns] of Object.entries(tables)) {
    const rows = await projection.rows(`SELECT row_to_json(row) AS row FROM (SELECT ${columns} FROM ${table}) AS row
      ORDER BY row_to_json(row)::text`);
    expect(rows.length, table).toBeGreaterThan(0);
    all[table] = rows;
  }
  return all;
}

const web = pod('web-1', { addresses: ['10.1.0.1'] });
const mail = externalService('mail', { addresses: ['mail.example.com'] });
const objects = [
  namespace('shop', { cidr: '10.1.0.0/24' }),
  externalService('payments'),
  mail,
  service('web'),
  web,
  endpoints('web', [web]),
  serviceRule('out', { externalServices: ['payments', 'mail'] }),
  namespaceRule('block', { action: 'drop' }),
  podRule('pods'),
];

let version = 100;

async function change(...changes: readonly Change[]): Promise<void> {
  const kinds = [...new Set(changes.map((each) => (each.type === 'upsert' ? each.object.kind : each.kind)))];
  const next = version + 10;
  await projection.project(
    batch(
      kinds.map((kind) => [kind, 100, next]),
      changes,
      { observedAt: projection.clock.pass(1).toISOString() },
    ),
  );
  await projection.rows('UPDATE checkpoint SET resource_version = 100');
  version = next;
}

/** A life of some variety: broken denials, scaling, a refusal, a fall-back, another configuration, an operator. */
async function live(): Promise<void> {
  await projection.list(objects);
  const { log, clock } = projection;
  const lease = await log.acquire('bigip', 'worker', 600_000);
  if (lease === null) throw new Error('the lease is taken');
  const attempt = async (purpose: 'change' | 'last-good', applied: boolean) => {
    const { desired, lastGood, position } = await projection.tenant();
    const rules = purpose === 'change' ? desired.rules : (lastGood ?? []);
    const planned = { tenant: 'Common', purpose, position, digest: 'd', rules, declaration: {}, heldBack: [] };
    const { id } = await log.begin(lease, planned);
    const [effectiveFrom, effectiveTo] = [clock.now(), clock.pass(1)];
    await log.conclude(
      lease,
      id,
      applied
        ? { type: 'applied', effectiveFrom, effectiveTo, heldBack: [] }
        : { type: 'refused', reason: 'Refused', message: 'no', permanent: true },
    );
  };
  await attempt('change', true);
  await change(put(externalService('payments', { addresses: ['?'] }, { resourceVersion: '105' })));
  await change(
    put(namespace('shop', { cidr: 'nonsense', resourceVersion: '106' })),
    gone({ ...web, resourceVersion: '106' }),
  );
  await attempt('change', false);
  await attempt('last-good', true);
  const next = pod('web-2', { addresses: ['10.1.0.2'], resourceVersion: '108' });
  await change(
    put(next),
    put(endpoints('web', [next], { resourceVersion: '109' })),
    gone({ ...mail, resourceVersion: '109' }),
  );
  await log.report(lease, 'Common', { state: 'waiting', reason: 'Away', message: 'no answer' });
  const position = (await projection.tenant()).wanted;
  await log.unchanged(lease, 'Common', position);
  const pending = await projection.statuses.pending('k8s', 2);
  await projection.statuses.written(
    'k8s',
    pending.map(({ reference, digest }) => ({ uid: reference.uid, digest })),
  );
  await projection.project(configurationMessage(configurationText({ namespaceSource: 'pods' })));
  await projection.commands.requestResync({ device: 'bigip', tenants: 'all', actor: { name: 'ann', origin: 'cli' } });
  await attempt('change', true);
  await change(gone({ ...podRule('pods'), resourceVersion: '120' }));
}

describe('promise 4: the log is the truth', () => {
  it('projections that are dropped come out of it identical', async () => {
    await live();
    const before = await contents();
    const events = await projection.count('event');
    expect(await rebuildProjections(projection.source)).toBeGreaterThan(10);
    expect(await contents()).toEqual(before);
    expect(await projection.count('event')).toBe(events);
  });

  it('a projector goes on from rebuilt projections as from those before', async () => {
    await live();
    await rebuildProjections(projection.source);
    await change(put(pod('web-3', { addresses: ['10.1.0.3'], resourceVersion: '9000' })));
    expect((await projection.rule('block'))?.prefixes).toEqual(['10.1.0.2', '10.1.0.3']);
    const before = await contents();
    await rebuildProjections(projection.source);
    expect(await contents()).toEqual(before);
  });

  it('what cannot be rebuilt leaves everything as it was', async () => {
    await live();
    const before = await contents();
    await projection.rows('DELETE FROM declaration');
    await expect(rebuildProjections(projection.source)).rejects.toThrow();
    expect(await contents()).toEqual(before);
  });

  it('nobody changes or removes what was recorded', async () => {
    await projection.list(objects);
    for (const statement of ['DELETE FROM event', 'UPDATE event SET batch = 0', 'TRUNCATE event']) {
      await expect(projection.rows(statement)).rejects.toThrow('append-only');
    }
  });
});
