import { gone, put } from '#testing/project/cluster-spec';
import { batch, chunk, configurationMessage } from '#testing/project/messages';
import {
  configurationText,
  endpoints,
  externalService,
  namespace,
  pod,
  podRule,
  service,
  serviceRule,
} from '#testing/project/objects';
import { ProjectionUnderTest } from '#testing/project/projection-under-test';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

let projection: ProjectionUnderTest;

beforeAll(async () => {
  projection = await ProjectionUnderTest.create();
});

beforeEach(() => projection.clear());

afterAll(() => projection.close());

const web = pod('web-1', { addresses: ['10.1.0.1'] });
const objects = [
  namespace('shop'),
  externalService('payments'),
  service('web'),
  web,
  endpoints('web', [web]),
  serviceRule('out'),
  podRule('block', { action: 'drop' }),
];

describe('a cluster that is listed', () => {
  it('is work for its device, with rules in order and addresses', async () => {
    await projection.list(objects);
    const { tenants, position } = await projection.desired.work('bigip');
    expect(tenants).toHaveLength(1);
    expect(tenants[0]).toMatchObject({ applied: 0, resync: null, current: null, lastGood: null, withdrawn: [] });
    expect(tenants[0]?.wanted).toBe(position);
    expect(tenants[0]?.desired.rules.map(({ name, prefixes }) => [name, prefixes])).toEqual([
      ['block', ['10.1.0.1']],
      ['out', ['10.1.0.1']],
    ]);
    expect(await projection.desired.devicesWithWork()).toEqual(['bigip']);
  });

  it('is no work before all of its kinds are in', async () => {
    await projection.project(configurationMessage());
    for (const kind of [
      'Namespace',
      'Pod',
      'Service',
      'EndpointSlice',
      'ExternalService',
      'ServiceEgressRule',
    ] as const) {
      await projection.project(
        chunk(
          kind,
          100,
          objects.filter((object) => object.kind === kind),
        ),
      );
    }
    expect((await projection.desired.work('bigip')).tenants).toEqual([]);
    expect(await projection.desired.devicesWithWork()).toEqual([]);
    expect(await projection.count('rule')).toBe(0);
  });

  it('withholds the tenants that a cluster beside it shares and is not complete in yet', async () => {
    await projection.list(objects);
    await projection.project(configurationMessage(configurationText({ clusterName: 'other' }), { cluster: 'other' }));
    await projection.project(chunk('Pod', 1, [], { cluster: 'other' }));
    expect((await projection.desired.work('bigip')).tenants).toEqual([]);
    await projection.list([], configurationText({ clusterName: 'other' }), 'other');
    const { desired } = await projection.tenant();
    expect(desired.configurations.map(({ clusterName }) => clusterName)).toEqual(['k8s', 'other']);
    expect(desired.rules).toHaveLength(2);
  });
});

describe('promise 3: exactly one event per change', () => {
  const change = batch([['Pod', 100, 110]], [put(pod('web-2', { addresses: ['10.1.0.2'], resourceVersion: '105' }))]);

  it('holds when a message comes again, to this process or to the next', async () => {
    await projection.list(objects);
    await projection.project(change);
    const events = await projection.count('event');
    expect(await projection.project(change)).toEqual({ outcome: 'done', events: [], dirty: null });
    expect(await projection.projector().project(change)).toMatchObject({ events: [] });
    expect(await projection.count('event')).toBe(events);
  });

  it('holds when two processes project the same messages', async () => {
    await projection.list(objects);
    const [one, two] = [projection.projector(), projection.projector()];
    for (let version = 100; version < 120; version += 1) {
      const next = pod('web-2', { addresses: [`10.1.0.${version}`], resourceVersion: String(version + 1) });
      const message = batch([['Pod', version, version + 1]], [put(next)]);
      const outcomes = await Promise.all([one.project(message), two.project(message)]);
      expect(outcomes.map((outcome) => 'events' in outcome && outcome.events.length).sort()).toEqual([0, 1]);
    }
    expect((await projection.rule('block'))?.prefixes).toEqual(['10.1.0.1', '10.1.0.119']);
  });

  it('keeps positions without gaps, in the order of commits, for several clusters at once', async () => {
    await Promise.all(
      ['k8s', 'two', 'three'].map((cluster) =>
        projection.list(objects, configurationText({ clusterName: cluster }), cluster),
      ),
    );
    const rows = await projection.rows<{ position: string; batch: string; recorded_at: Date }>(
      'SELECT position, batch FROM event ORDER BY position',
    );
    expect(rows.map(({ position }) => Number(position))).toEqual(rows.map((_, index) => index + 1));
    expect(rows.every(({ position, batch: last }) => Number(last) >= Number(position))).toBe(true);
  });

  it('closes a gap by the next snapshot, and tells the watcher that there is one', async () => {
    await projection.list(objects);
    await projection.project(batch([['Pod', 105, 110]], [gone({ ...web, resourceVersion: '109' })]));
    const { checkpoints } = await projection.checkpoints.read('k8s');
    expect(checkpoints.find(({ kind }) => kind === 'Pod')).toEqual({ kind: 'Pod', resourceVersion: '100', gap: true });
    await projection.relist([], ['Pod']);
    expect((await projection.rule('out'))?.prefixes).toEqual([]);
    expect((await projection.checkpoints.read('k8s')).checkpoints.every(({ gap }) => !gap)).toBe(true);
  });

  it('fault 6: rules and external services that were deleted while nobody watched are gone with the next list', async () => {
    await projection.list(objects);
    await projection.relist([], ['PodEgressRule', 'ExternalService']);
    expect(await projection.rule('block')).toBeUndefined();
    expect((await projection.rule('out'))?.destinations).toEqual([]);
    expect((await projection.desired.work('bigip')).tenants).toHaveLength(1);
  });

  it('marks a gap at once for what was set aside', async () => {
    await projection.list(objects);
    await projection.projector().setAside(change);
    const { checkpoints } = await projection.checkpoints.read('k8s');
    expect(checkpoints.filter(({ gap }) => gap).map(({ kind }) => kind)).toEqual(['Pod']);
  });
});

describe('a snapshot in chunks', () => {
  const pods = [1, 2, 3].map((number) =>
    pod(`web-${number}`, { addresses: [`10.1.0.${number}`], resourceVersion: number === 1 ? '1' : '150' }),
  );
  const part = (index: number, overrides = {}) =>
    chunk('Pod', 200, pods.slice(index, index + 1), {
      snapshotId: 'second',
      index,
      last: index === 2,
      observedAt: '2026-03-01T12:30:00.000Z',
      ...overrides,
    });

  it('counts when all of them are in, in whatever order, each of them once', async () => {
    await projection.list(objects);
    for (const message of [part(2), part(0), part(0)]) {
      expect(await projection.project(message)).toMatchObject({ events: [] });
    }
    expect((await projection.rule('block'))?.prefixes).toEqual(['10.1.0.1']);
    expect(await projection.project(part(1))).toMatchObject({ events: ['upsert', 'upsert'] });
    expect((await projection.rule('block'))?.prefixes).toEqual(['10.1.0.1', '10.1.0.2', '10.1.0.3']);
    expect(await projection.count('snapshot_chunk')).toBe(0);
    expect(await projection.project(part(1))).toMatchObject({ events: [] });
    expect(await projection.count('snapshot_chunk')).toBe(0);
  });

  it('is forgotten when a newer one begins, and its late chunks are passed over', async () => {
    await projection.list(objects);
    await projection.project(part(0));
    const observedAt = '2026-03-01T12:31:00.000Z';
    await projection.project(part(0, { snapshotId: 'third', observedAt }));
    await projection.project(part(1));
    expect(await projection.rows('SELECT snapshot_id, index FROM snapshot_chunk')).toEqual([
      { snapshot_id: 'third', index: 0 },
    ]);
  });
});

describe('promise 9: a failure', () => {
  it('in the middle of a message leaves nothing behind, and the message counts when it comes again', async () => {
    await projection.list(objects);
    const message = batch(
      [['Pod', 100, 110]],
      [put(pod('web-2', { addresses: ['10.1.0.2'], resourceVersion: '105' }))],
    );
    await projection.rows('ALTER TABLE tenant_state RENAME TO hidden');
    const before = await projection.count('event');
    await expect(projection.project(message)).rejects.toThrow('tenant_state');
    expect(await projection.count('event')).toBe(before);
    await projection.rows('ALTER TABLE hidden RENAME TO tenant_state');
    expect(await projection.project(message)).toMatchObject({ events: ['upsert'], dirty: 'bigip' });
    expect((await projection.rule('block'))?.prefixes).toEqual(['10.1.0.1', '10.1.0.2']);
  });
});

describe('a configuration', () => {
  it('that is not understood is refused with key and line, and the last good one stays', async () => {
    await projection.list(objects);
    const refused = await projection.project(configurationMessage('clusterName: k8s\nlayout: secret\n'));
    expect(refused).toMatchObject({ outcome: 'refused' });
    expect(JSON.stringify(refused)).toMatch(/line 2: layout must be one of/);
    expect(JSON.stringify(refused)).not.toContain('secret');
    expect(await projection.tenant()).toBeDefined();
  });

  it('of another cluster is refused', async () => {
    const message = configurationMessage(configurationText({ clusterName: 'another' }));
    expect(await projection.project(message)).toMatchObject({ outcome: 'refused' });
  });

  it('is an event once, and is known by its digest', async () => {
    await projection.list(objects);
    expect(await projection.project(configurationMessage())).toMatchObject({ events: [] });
    const text = configurationText({ iRule: ['slow'] });
    expect(await projection.project(configurationMessage(text))).toMatchObject({
      events: ['configuration-changed'],
      dirty: 'bigip',
    });
    expect((await projection.checkpoints.read('k8s')).configurationDigest).toMatch(/^[0-9a-f]{64}$/);
    expect(await projection.project(configurationMessage())).toMatchObject({ events: ['configuration-changed'] });
  });

  it('that a later version does not understand any more is kept until there is another one', async () => {
    await projection.list(objects);
    await projection.rows(`UPDATE cluster SET configuration_text = 'clusterName: [k8s]'`);
    const later = projection.projector();
    const next = pod('web-2', { addresses: ['10.1.0.2'], resourceVersion: '105' });
    expect(await later.project(batch([['Pod', 100, 110]], [put(next)]))).toMatchObject({ events: ['upsert'] });
    expect(await later.renewJudgement()).toMatchObject({ events: [] });
    expect(await projection.rows('SELECT device, configuration_text FROM cluster')).toEqual([
      { device: 'bigip', configuration_text: 'clusterName: [k8s]' },
    ]);
    await later.project(configurationMessage());
    expect((await projection.rule('block'))?.prefixes).toEqual(['10.1.0.1', '10.1.0.2']);
  });

  it('is judged anew for another namespace of the controller, once', async () => {
    await projection.list(objects);
    expect(await projection.projector().renewJudgement()).toMatchObject({ events: [] });
    const moved = projection.projector('k8s', 'ces-system');
    expect(await moved.renewJudgement()).toMatchObject({ events: ['configuration-changed'] });
    expect(await moved.renewJudgement()).toMatchObject({ events: [] });
  });
});

describe('promise 11: the audit', () => {
  it('has an entry for each change of the policy, with before and after and who wrote it by its own account', async () => {
    await projection.list(objects);
    const changed = externalService(
      'payments',
      { addresses: ['203.0.113.1'] },
      { resourceVersion: '105', manager: 'argocd' },
    );
    await projection.project(batch([['ExternalService', 100, 110]], [put(changed), gone(changed)]));
    const entries = await projection.rows(
      `SELECT action, before -> 'spec' -> 'addresses' AS before, after -> 'spec' -> 'addresses' AS after, manager
       FROM audit_entry WHERE kind = 'ExternalService' ORDER BY position`,
    );
    expect(entries).toEqual([
      { action: 'created', before: null, after: ['198.51.100.7'], manager: 'kubectl' },
      { action: 'changed', before: ['198.51.100.7'], after: ['203.0.113.1'], manager: 'argocd' },
      { action: 'deleted', before: ['203.0.113.1'], after: null, manager: null },
    ]);
    const kinds = await projection.rows('SELECT DISTINCT kind FROM audit_entry ORDER BY kind');
    expect(kinds).toEqual(
      ['Configuration', 'ExternalService', 'Namespace', 'PodEgressRule', 'ServiceEgressRule'].map((kind) => ({ kind })),
    );
  });

  it('knows from when to when an address belonged to a rule, and to which pod', async () => {
    await projection.list(objects);
    projection.clock.pass(60);
    const heir = pod('web-2', { addresses: ['10.1.0.1'], resourceVersion: '106' });
    await projection.project(batch([['Pod', 100, 110]], [gone({ ...web, resourceVersion: '105' }), put(heir)]));
    const grants = await projection.rows(
      `SELECT pod_name, to_position IS NULL AS open FROM egress_grant JOIN rule ON rule.uid = rule_uid
       WHERE rule.name = 'block' AND CAST(prefix AS inet) <<= '10.1.0.0/24' ORDER BY id`,
    );
    expect(grants).toEqual([
      { pod_name: 'web-1', open: false },
      { pod_name: 'web-2', open: true },
    ]);
    const atNoon = await projection.rows(
      `SELECT pod_name FROM egress_grant WHERE CAST(prefix AS inet) >>= '10.1.0.1'
         AND tstzrange(from_time, to_time) @> '2026-03-01T12:00:30Z'::timestamptz`,
    );
    expect(atNoon).toEqual([{ pod_name: 'web-1' }, { pod_name: 'web-1' }]);
  });
});

describe('a clock that is behind that of the process before', () => {
  it('does not stop the cluster, and time in the log never runs backwards', async () => {
    const web = pod('web', { addresses: ['10.1.0.1'] });
    await projection.list([externalService('payments'), podRule('out'), web]);
    const began = projection.clock.now();
    projection.clock.pass(-60);
    await projection.project(batch([['Pod', 100, 110]], [gone({ ...web, resourceVersion: '105' })]));
    const grants = await projection.rows('SELECT from_time, to_time FROM egress_grant');
    expect(grants).toEqual([{ from_time: began, to_time: began }]);
    expect(await projection.rows('SELECT max(recorded_at) AS last FROM event')).toEqual([{ last: began }]);
  });
});

describe('a text that the database cannot hold', () => {
  it('does not stop the cluster', async () => {
    const strange = serviceRule('out', { externalServices: ['pay\u0000ments', '\ud800'] });
    await projection.list([...objects.filter(({ name }) => name !== 'out'), strange]);
    expect((await projection.status('out')).conditions[0]?.reason).toBe('UnknownExternalService');
    expect(await projection.projector().project(configurationMessage())).toMatchObject({ events: [] });
  });
});
