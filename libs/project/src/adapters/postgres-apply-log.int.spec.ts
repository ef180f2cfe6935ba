import { defaultRunnerOptions } from '#apply/apply-runner';
import { put } from '#testing/project/cluster-spec';
import { batch } from '#testing/project/messages';
import { externalService, pod, podRule } from '#testing/project/objects';
import { ProjectionUnderTest } from '#testing/project/projection-under-test';
import { waitFor } from '#testing/wait-for';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { assertLease } from './device-lease.js';
import { query, single } from './sql.js';
import { type AttemptOutcome, type HeldBackRule, type Lease, LeaseLost, type Purpose } from '../ports/apply-log.js';

let projection: ProjectionUnderTest;
let lease: Lease;

beforeAll(async () => {
  projection = await ProjectionUnderTest.create();
});

beforeEach(async () => {
  await projection.clear();
  await projection.list(objects);
  lease = await projection.lease('worker-1', 60_000);
});

afterAll(() => projection.close());

const first = pod('web-1', { addresses: ['10.1.0.1'] });
const second = pod('web-2', { addresses: ['10.1.0.2'] });
const objects = [externalService('payments'), first, second, podRule('out')];

/** Declares what is desired, or the last good rules, and gives the attempt. */
async function begin(
  purpose: Purpose = 'change',
  holder = lease,
  heldBack: readonly HeldBackRule[] = [],
): Promise<{ id: number; version: number }> {
  const { desired, position, lastGood } = await projection.tenant();
  const rules = purpose === 'last-good' ? (lastGood ?? []) : desired.rules;
  const planned = {
    tenant: 'Common',
    purpose,
    position,
    digest: `digest of ${purpose}`,
    rules,
    declaration: {},
    heldBack,
  };
  return projection.log.begin(holder, planned);
}

function applied(heldBack: readonly HeldBackRule[] = []): AttemptOutcome {
  const effectiveFrom = projection.clock.now();
  return { type: 'applied', effectiveFrom, effectiveTo: projection.clock.pass(1), heldBack };
}

const refused = { type: 'refused', reason: 'Refused', message: '01070734 no such pool', permanent: true } as const;

async function declare(purpose: Purpose = 'change', outcome = applied()): Promise<number> {
  const { id, version } = await begin(purpose);
  await projection.log.conclude(lease, id, outcome);
  return version;
}

/** What a statement gives as `at`, in seconds. */
async function seconds(statement: string): Promise<number> {
  const rows = await query<{ at: number }>(
    projection.source,
    `SELECT extract(epoch FROM at)::float8 AS at FROM (${statement}) AS told`,
  );
  return single(rows).at;
}

async function phase(name: string): Promise<string> {
  const { phase: shown, version, conditions } = await projection.status(name);
  return `${shown} ${version} ${conditions[1]?.reason ?? ''}`;
}

describe('a lease', () => {
  it('is held by one at a time', async () => {
    expect(await projection.log.acquire('bigip', 'worker-2', 60_000)).toBeNull();
    expect(await projection.log.acquire('bigip', 'worker-1', 60_000)).toEqual(lease);
    expect(await projection.log.acquire('other', 'worker-2', 60_000)).toMatchObject({ epoch: 1 });
  });

  it('gets a new epoch with a new holder, and when an expired one is taken again', async () => {
    await projection.log.release(lease);
    const next = await projection.lease('worker-2', 0);
    expect(next.epoch).toBe(lease.epoch + 1);
    const again = await projection.lease('worker-2', 60_000);
    expect(again.epoch).toBe(next.epoch + 1);
  });

  it('promise 9: is free once it has run out, though its holder stands still in the middle of a commit', async () => {
    const short = await projection.lease('worker-1', 100);
    const standing = projection.source.createQueryRunner();
    await standing.startTransaction();
    await assertLease(standing.manager, short);
    const began = performance.now();
    const next = await projection.lease('worker-2', 60_000);
    expect(next.epoch).toBe(short.epoch + 1);
    // No longer than a standby has to wait anyway.
    expect(performance.now() - began).toBeLessThan(defaultRunnerOptions.lease);
    await expect(standing.commitTransaction()).rejects.toThrow();
    await standing.release();
  });

  it.each([
    { what: 'taken', lasts: 0, change: () => projection.log.acquire('bigip', 'worker-2', 60_000) },
    { what: 'renewed', lasts: 60_000, change: (held: Lease) => projection.log.renew(held, 60_000) },
  ])('that is $what lasts as long as it should, however long somebody was in the way', async ({ lasts, change }) => {
    const held = await projection.lease('worker-1', lasts);
    const { source } = projection;
    const { changed, released } = await source.transaction(async (inTheWay) => {
      await assertLease(inTheWay, held);
      const begun = change(held);
      await waitFor(async () => {
        const waiting = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
        expect(await query(source, waiting)).toHaveLength(1);
      });
      return { changed: begun, released: await seconds('SELECT clock_timestamp() AS at') };
    });
    await changed;
    expect(await seconds('SELECT expires_at AS at FROM device_lease')).toBeGreaterThan(released + 60);
  });

  it('promise 6: that was lost lets nothing be written', async () => {
    const { id } = await begin();
    await projection.log.release(lease);
    await projection.lease('worker-2', 60_000);
    const events = await projection.count('event');
    const attempts = [
      () => projection.log.renew(lease, 1_000),
      () => projection.log.release(lease),
      () => begin(),
      () => projection.log.posted(lease, id, 'task'),
      () => projection.log.conclude(lease, id, applied()),
      () => projection.log.unchanged(lease, 'Common', 1_000),
      () => projection.log.report(lease, 'Common', { state: 'failed', reason: 'Stale', message: 'stale' }),
    ];
    for (const attempt of attempts) await expect(attempt()).rejects.toThrow(LeaseLost);
    expect(await projection.count('event')).toBe(events);
    expect(await projection.count('apply_attempt')).toBe(1);
    expect(await projection.tenant()).toMatchObject({ applied: 0, current: null });
    expect(await phase('out')).toBe('Syncing 0 Pending');
    expect(await projection.log.openAttempts('bigip')).toMatchObject([{ id, task: null, epoch: lease.epoch }]);
  });
});

describe('promise 7: the outcome of an attempt', () => {
  it('is unknown until it is concluded, and whoever comes next finds all of it', async () => {
    const leftOut = { cluster: 'k8s', uid: podRule('out').uid, reason: 'LayoutLimit', message: 'too old' };
    const { id, version } = await begin('change', lease, [leftOut]);
    await projection.log.posted(lease, id, 'task-1');
    await projection.log.release(lease);
    const next = await projection.lease('worker-2', 60_000);
    const [open] = await projection.log.openAttempts('bigip');
    expect(open).toMatchObject({ id, version, task: 'task-1', purpose: 'change', declaration: {} });
    expect(open?.heldBack).toEqual([leftOut]);
    expect(open?.rules).toEqual((await projection.tenant()).desired.rules);
    expect(await projection.queries.tenants()).toMatchObject([{ open: true, version: null }]);
    await projection.log.conclude(next, id, applied());
    expect(await projection.log.openAttempts('bigip')).toEqual([]);
    expect(await projection.queries.tenants()).toMatchObject([{ open: false, version }]);
  });

  it('that was applied makes the tenant current and its rules programmed', async () => {
    expect((await projection.desired.work('bigip')).tenants).toHaveLength(1);
    const version = await declare();
    expect((await projection.desired.work('bigip')).tenants).toEqual([]);
    expect(await projection.tenant()).toMatchObject({
      current: { version, digest: 'digest of change' },
      withdrawn: [],
    });
    expect(await phase('out')).toBe('Success 1 Programmed');
  });

  it('that was refused leaves the device as it was', async () => {
    await declare();
    await projection.relist([second], ['Pod']);
    await declare('change', refused);
    const work = await projection.tenant();
    expect(work).toMatchObject({ current: { version: 1 }, withdrawn: ['10.1.0.1'] });
    expect(work.wanted).toBeGreaterThan(work.applied);
    expect(await phase('out')).toBe('Failed 1 Refused');
    expect((await projection.status('out')).conditions[1]?.message).toBe(refused.message);
  });

  it('that passes says why the rules wait', async () => {
    await declare('change', { ...refused, permanent: false, message: 'It is away.' });
    expect(await phase('out')).toBe('Syncing 0 Pending');
    expect((await projection.status('out')).conditions[1]?.message).toBe('It is away.');
    expect(await projection.queries.declaration('bigip', 'Common', 1)).toMatchObject({
      outcome: 'refused',
      content: null,
    });
  });

  it('promise 9: that was withdrawn leaves nothing behind, also when that is said twice', async () => {
    await declare('change', applied());
    const events = () => projection.rows('SELECT position FROM event');
    const [before, { id, version }] = [await events(), await begin()];
    for (let times = 0; times < 2; times += 1) await projection.log.conclude(lease, id, { type: 'withdrawn' });
    expect(await events()).toEqual(before);
    expect(await projection.queries.declaration('bigip', 'Common', version)).toBeNull();
    expect(await projection.log.openAttempts('bigip')).toEqual([]);
    expect(await begin()).toMatchObject({ version });
  });

  it('is an event, and is taken down once', async () => {
    const { id } = await begin();
    const outcome = applied();
    await projection.log.conclude(lease, id, outcome);
    await projection.log.conclude(lease, id, outcome);
    await expect(projection.log.conclude(lease, id, refused)).rejects.toThrow('concluded before as applied');
    const answers = await projection.rows(
      `SELECT data ->> 'version' AS version FROM event WHERE type = 'declaration-applied'`,
    );
    expect(answers).toEqual([{ version: '1' }]);
  });

  it('of the first of two declarations leaves the tenant as work', async () => {
    await declare('interim');
    const { tenants } = await projection.desired.work('bigip');
    expect(tenants).toMatchObject([{ applied: 0, current: { version: 1 }, lastGood: null }]);
    expect(await phase('out')).toBe('Syncing 0 Pending');
  });

  it('promise 7: of a declaration that another has to follow makes work of a tenant that was in step', async () => {
    await declare();
    expect((await projection.desired.work('bigip')).tenants).toEqual([]);
    const version = await declare('interim');
    expect((await projection.desired.work('bigip')).tenants).toMatchObject([
      { current: { version, rules: [{ name: 'out' }] }, pendingSince: expect.any(Date) as Date },
    ]);
    await declare();
    expect((await projection.desired.work('bigip')).tenants).toEqual([]);
  });

  it('holds nothing back but what is said, and not what changed since', async () => {
    const { id } = await begin();
    await projection.project(
      batch([['PodEgressRule', 100, 110]], [put(podRule('later', {}, { resourceVersion: '105' }))]),
    );
    await projection.log.conclude(lease, id, applied());
    expect(await phase('out')).toBe('Success 1 Programmed');
    expect(await phase('later')).toBe('Syncing 0 Pending');
    const { uid } = podRule('later');
    await declare('change', applied([{ cluster: 'k8s', uid, reason: 'LayoutLimit', message: 'too long' }]));
    expect(await phase('later')).toBe('Failed 0 LayoutLimit');
  });
});

describe('a tenant that needs no declaration', () => {
  it('is up to date, and its waiting rules are as they should be', async () => {
    await declare();
    const position = (await projection.tenant()).wanted;
    await projection.project(
      batch(
        [['PodEgressRule', 100, 110]],
        [put(podRule('also', { externalServices: [] }, { resourceVersion: '105' }))],
      ),
    );
    const { wanted } = await projection.tenant();
    expect(wanted).toBeGreaterThan(position);
    await projection.log.unchanged(lease, 'Common', wanted);
    expect((await projection.desired.work('bigip')).tenants).toEqual([]);
    expect(await phase('also')).toBe('Failed 1 LeftOut');
  });

  it('does not make up for what the compiler left out', async () => {
    const { uid } = podRule('out');
    const heldBack = [{ cluster: 'k8s', uid, reason: 'LayoutLimit', message: 'too long' }];
    await projection.log.unchanged(lease, 'Common', (await projection.tenant()).wanted, heldBack);
    expect(await phase('out')).toBe('Failed 0 LayoutLimit');
  });

  it('promise 8: holds what was refused before, and is not any more', async () => {
    const { uid } = podRule('out');
    const held = { cluster: 'k8s', uid, reason: 'Refused', message: 'no such pool' };
    const terms = { definition: 'd', since: '2026-03-01T12:00:00Z', tries: 1, retryAt: '2026-03-01T12:10:00Z' };
    for (const heldBack of [{ ...held, quarantine: { ...terms, attempt: null } }, held]) {
      await declare('change', applied([heldBack]));
      expect(await phase('out')).toMatch(/^(Quarantined|Failed) /);
      await declare('interim');
      await projection.log.unchanged(lease, 'Common', (await projection.tenant()).position);
      expect(await phase('out')).toMatch(/^Success \d Programmed$/);
    }
  });

  it('does not make up for a policy that is not enforced', async () => {
    const { uid } = podRule('out');
    await declare('change', applied([{ cluster: 'k8s', uid, reason: 'ForeignPolicyEnforced', message: 'theirs' }]));
    await projection.log.unchanged(lease, 'Common', (await projection.tenant()).position);
    expect(await phase('out')).toBe('Failed 0 ForeignPolicyEnforced');
  });
});

describe('what the worker reports', () => {
  it('reaches the rules that are not on the device as they stand, and no others', async () => {
    await declare();
    await projection.project(
      batch([['PodEgressRule', 100, 110]], [put(podRule('new', {}, { resourceVersion: '105' }))]),
    );
    await projection.log.report(lease, 'Common', { state: 'failed', reason: 'PartitionNotEmpty', message: 'empty it' });
    expect(await phase('out')).toBe('Success 1 Programmed');
    expect(await phase('new')).toBe('Failed 0 PartitionNotEmpty');
    await projection.log.report(lease, 'Common', { state: 'waiting', reason: 'Away', message: 'no answer' });
    expect(await phase('new')).toBe('Syncing 0 Pending');
    expect(await projection.queries.tenants()).toMatchObject([{ lastOutcome: { outcome: 'waiting', reason: 'Away' } }]);
  });
});

describe('promise 2: the last good rules', () => {
  const heir = pod('web-3', { addresses: ['10.1.0.1'], labels: { app: 'db' } });

  it('have the addresses of today while they select the same', async () => {
    await declare();
    await projection.relist([second, pod('web-4', { addresses: ['10.1.0.4'] })]);
    expect((await projection.tenant()).lastGood).toMatchObject([{ prefixes: ['10.1.0.2', '10.1.0.4'] }]);
  });

  it('never bring back the address of a pod that is gone, whoever has it now', async () => {
    await declare();
    await projection.relist([second, heir]);
    await projection.relist([podRule('out', { podSelector: { matchLabels: { app: 'nobody' } } }, { generation: 2 })]);
    const work = await projection.tenant();
    expect(work.desired.rules).toMatchObject([{ prefixes: [] }]);
    expect(work.lastGood).toMatchObject([{ prefixes: ['10.1.0.2'] }]);
    expect(work.withdrawn).toEqual(['10.1.0.1', '10.1.0.2']);
  });

  it('stay those of the last good version, however often they are declared', async () => {
    await declare();
    await projection.relist([podRule('out', { podSelector: { matchLabels: { app: 'db' } } }, { generation: 2 })]);
    await declare('change', refused);
    await declare('last-good');
    await projection.relist([second, heir]);
    expect((await projection.tenant()).lastGood).toMatchObject([{ prefixes: ['10.1.0.2'] }]);
    const { desired, lastGood } = await projection.tenant();
    expect(desired.rules).toMatchObject([{ prefixes: ['10.1.0.1'] }]);
    expect(lastGood).toMatchObject([{ source: { selector: { requirements: [{ values: ['web'] }] } } }]);
  });

  it('in force say so in the status of the rules that they keep back, whether or not the worker knew', async () => {
    await declare();
    await projection.project(
      batch([['PodEgressRule', 100, 110]], [put(podRule('new', {}, { resourceVersion: '105' }))]),
    );
    await declare('change', refused);
    expect(await phase('new')).toBe('Failed 0 Refused');
    await declare('last-good');
    expect(await phase('out')).toBe('Success 1 Programmed');
    expect(await phase('new')).toBe('Failed 0 LastGoodRules');
    expect((await projection.desired.work('bigip')).tenants).toEqual([]);
    await projection.relist([first], ['Pod']);
    await declare();
    expect(await phase('new')).toBe('Success 4 Programmed');
  });
});

describe('promise 11: the ranges in which a device held an address', () => {
  it('do not end before they began, whatever the clock of the next worker says', async () => {
    await declare();
    projection.clock.pass(-3_600);
    await projection.relist([second], ['Pod']);
    await declare();
    const ranges = await projection.rows<{ backwards: boolean }>(
      'SELECT to_latest < from_latest OR to_earliest < from_earliest AS backwards FROM grant_hold WHERE to_version = 2',
    );
    expect(ranges).toEqual([{ backwards: false }]);
  });

  const held = () =>
    projection.rows(`SELECT prefix, from_version, to_version FROM grant_hold ORDER BY prefix, from_version`);

  it('begin and end with versions, and there may be several', async () => {
    await declare();
    await projection.relist([second], ['Pod']);
    await declare();
    await projection.relist([first, second]);
    await declare('change', refused);
    await declare();
    expect(await held()).toEqual([
      { prefix: '10.1.0.1', from_version: 1, to_version: 2 },
      { prefix: '10.1.0.1', from_version: 4, to_version: null },
      { prefix: '10.1.0.2', from_version: 1, to_version: null },
    ]);
    const found = await projection.rows(
      `SELECT prefix FROM grant_hold WHERE CAST(prefix AS inet) <<= '10.1.0.0/31'
         AND tstzrange(from_earliest, to_latest) @> $1::timestamptz`,
      ['2026-03-01T12:00:30Z'],
    );
    expect(found).toEqual([{ prefix: '10.1.0.1' }]);
  });
});
