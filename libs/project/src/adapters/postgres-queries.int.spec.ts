import { parseJson } from '#core/json';
import { put } from '#testing/project/cluster-spec';
import { batch } from '#testing/project/messages';
import { configurationText, externalService, pod, podRule, serviceRule } from '#testing/project/objects';
import { ProjectionUnderTest } from '#testing/project/projection-under-test';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { UnknownTenant } from '../ports/commands.js';
import { InvalidCursor, type Page, type PageRequest } from '../ports/queries.js';

let projection: ProjectionUnderTest;

beforeAll(async () => {
  projection = await ProjectionUnderTest.create();
});

beforeEach(async () => {
  await projection.clear();
  await projection.list(objects);
});

afterAll(() => projection.close());

const bank = { namespace: 'bank' };
const objects = [
  externalService('payments'),
  pod('web-1', { addresses: ['10.1.0.10'] }),
  pod('web-2', { addresses: ['10.1.0.9'] }),
  podRule('out'),
  podRule('also', { action: 'drop' }),
  serviceRule('broken', {}, bank),
];

/** All pages, one after the other. */
async function pages<Entry>(read: (page: PageRequest) => Promise<Page<Entry>>): Promise<Entry[][]> {
  const all: Entry[][] = [];
  let after: string | null = null;
  do {
    const page: Page<Entry> = await read({ limit: 2, ...(after === null ? {} : { after }) });
    all.push([...page.entries]);
    after = page.next;
  } while (after !== null);
  return all;
}

async function declare(permanent: boolean | null): Promise<void> {
  const lease = await projection.lease();
  const { desired, position } = await projection.tenant();
  const attempt = { tenant: 'Common', purpose: 'change', position, digest: 'd', rules: desired.rules } as const;
  const { id } = await projection.log.begin(lease, { ...attempt, declaration: { class: 'Tenant' }, heldBack: [] });
  const [effectiveFrom, effectiveTo] = [projection.clock.now(), projection.clock.pass(1)];
  await projection.log.conclude(
    lease,
    id,
    permanent === null
      ? { type: 'applied', effectiveFrom, effectiveTo, heldBack: [] }
      : { type: 'refused', reason: 'Busy', message: 'not now', permanent },
  );
}

describe('rules', () => {
  it('are listed in pages, by namespace and name', async () => {
    const all = await pages((page) => projection.queries.rules({}, page));
    expect(all.map((page) => page.map(({ name }) => name))).toEqual([['broken', 'also'], ['out']]);
    expect(all.flat().at(-1)).toMatchObject({
      cluster: 'k8s',
      kind: 'PodEgressRule',
      tenant: 'Common',
      action: 'accept',
      addresses: 2,
      status: { phase: 'Syncing' },
    });
  });

  it('are found by what they are', async () => {
    const names = async (filter: Parameters<typeof projection.queries.rules>[0]) =>
      (await projection.queries.rules(filter, { limit: 10 })).entries.map(({ name }) => name);
    expect(await names({ namespace: 'bank' })).toEqual(['broken']);
    expect(await names({ kind: 'PodEgressRule', name: 'out' })).toEqual(['out']);
    expect(await names({ phase: 'Failed' })).toEqual(['broken']);
    expect(await names({ cluster: 'another' })).toEqual([]);
    expect(await names({ tenant: 'Common', phase: 'Syncing' })).toEqual(['also', 'out']);
  });

  it('are shown with their addresses, whose they are, and whether the device has them', async () => {
    await declare(null);
    await projection.project(
      batch([['Pod', 100, 110]], [put(pod('web-3', { addresses: ['10.1.0.11'], resourceVersion: '105' }))]),
    );
    const { uid } = podRule('out');
    const found = await projection.queries.rule('k8s', uid);
    expect(found?.desired?.prefixes).toEqual(['10.1.0.10', '10.1.0.11', '10.1.0.9']);
    expect(found?.grants.map(({ prefix, pod: owner, held }) => [prefix, owner?.name, held])).toEqual([
      ['10.1.0.9', 'web-2', true],
      ['10.1.0.10', 'web-1', true],
      ['10.1.0.11', 'web-3', false],
    ]);
    expect(await projection.queries.rule('k8s', 'nothing')).toBeNull();
    const broken = await projection.queries.rule('k8s', serviceRule('broken', {}, bank).uid);
    expect(broken?.problems.map(({ reason }) => reason)).toContain('UnknownExternalService');
  });

  it('are not listed from a cursor that nobody gave', async () => {
    for (const after of ['?', 'bm9uc2Vuc2U', Buffer.from('["one"]').toString('base64url')]) {
      await expect(projection.queries.rules({}, { limit: 1, after })).rejects.toThrow(InvalidCursor);
    }
    const after = Buffer.from('["x"]').toString('base64url');
    await expect(projection.queries.declarations({}, { limit: 1, after })).rejects.toThrow(InvalidCursor);
  });
});

describe('declarations', () => {
  it('are listed newest first, with what came of them', async () => {
    await declare(false);
    await declare(true);
    await declare(null);
    const all = await pages((page) => projection.queries.declarations({ device: 'bigip' }, page));
    expect(all.flat().map(({ version, outcome, rules }) => [version, outcome, rules])).toEqual([
      [3, 'applied', 3],
      [2, 'refused', 3],
      [1, 'refused', 3],
    ]);
    expect(all[0]?.[0]?.effective?.from.toISOString()).toBe('2026-03-01T12:00:02.000Z');
    const kept = await Promise.all(
      [1, 2, 3].map((version) => projection.queries.declaration('bigip', 'Common', version)),
    );
    expect(kept.map((detail) => detail?.content?.declaration)).toEqual([
      undefined,
      { class: 'Tenant' },
      { class: 'Tenant' },
    ]);
    expect(await projection.queries.declaration('bigip', 'Common', 4)).toBeNull();
  });
});

describe('tenants and clusters', () => {
  it('say how they stand', async () => {
    await declare(true);
    expect(await projection.queries.tenants('bigip')).toMatchObject([
      { tenant: 'Common', applied: 0, version: null, rules: 3, lastOutcome: { outcome: 'refused', reason: 'Busy' } },
    ]);
    expect(await projection.queries.tenants('another')).toEqual([]);
    const position = await projection.count('event');
    expect(await projection.queries.clusters()).toEqual([
      { cluster: 'k8s', device: 'bigip', complete: true, position: position - 1 },
    ]);
  });
});

describe('a resync', () => {
  const actor = { name: 'ann', origin: 'cli 127.0.0.1' };

  it('makes work of a tenant that has none, once', async () => {
    await declare(null);
    const receipt = await projection.commands.requestResync({ device: 'bigip', tenants: ['Common'], actor });
    const { tenants } = await projection.desired.work('bigip');
    expect(tenants).toMatchObject([{ resync: receipt.position, wanted: receipt.position }]);
    await declare(null);
    expect((await projection.desired.work('bigip')).tenants).toEqual([]);
  });

  it('promise 11: is in the log and in the audit, with who asked for it', async () => {
    const { position, tenants } = await projection.commands.requestResync({ device: 'bigip', tenants: 'all', actor });
    expect(tenants).toEqual(['Common']);
    const entries = await projection.rows('SELECT name, action, actor FROM audit_entry WHERE position = $1', [
      position,
    ]);
    expect(entries).toEqual([{ name: 'Common', action: 'resync', actor }]);
  });

  it('of a tenant that there is not changes nothing', async () => {
    const before = await projection.count('event');
    for (const [device, tenants] of [
      ['bigip', ['Common', 'nothing']],
      ['another', 'all'],
    ] as const) {
      await expect(projection.commands.requestResync({ device, tenants, actor })).rejects.toThrow(UnknownTenant);
    }
    expect(await projection.count('event')).toBe(before);
  });
});

describe('the statuses that Kubernetes does not show yet', () => {
  const names = async (limit = 10) =>
    (await projection.statuses.pending('k8s', limit)).map(({ reference }) => reference.name);

  it('wait until they are said to be written, the oldest first', async () => {
    projection.clock.pass(1);
    await projection.project(
      batch([['PodEgressRule', 100, 110]], [put(podRule('a-later-one', {}, { resourceVersion: '105' }))]),
    );
    expect(await names()).toHaveLength(4);
    expect((await names()).at(-1)).toBe('a-later-one');
    expect(await names(2)).toHaveLength(2);
    const pending = await projection.statuses.pending('k8s', 10);
    expect(pending[0]).toMatchObject({ previous: null, reference: { kind: 'PodEgressRule', namespace: 'shop' } });
    const written = pending.slice(0, 3).map(({ reference, digest }) => ({ uid: reference.uid, digest }));
    await projection.statuses.written('k8s', written);
    expect(await names()).toEqual(['a-later-one']);
  });

  it('come again when they change, with what was written before', async () => {
    const pending = await projection.statuses.pending('k8s', 10);
    await projection.statuses.written(
      'k8s',
      pending.map(({ reference, digest }) => ({ uid: reference.uid, digest })),
    );
    expect(await names()).toEqual([]);
    await declare(null);
    const again = await projection.statuses.pending('k8s', 10);
    expect(again.map(({ reference, status, previous }) => [reference.name, previous?.phase, status.phase])).toEqual([
      ['also', 'Syncing', 'Success'],
      ['out', 'Syncing', 'Success'],
      ['broken', 'Failed', 'Failed'],
    ]);
  });

  it('are not settled by what was written before they changed', async () => {
    const pending = await projection.statuses.pending('k8s', 10);
    await declare(null);
    await projection.statuses.written(
      'k8s',
      pending.map(({ reference, digest }) => ({ uid: reference.uid, digest })),
    );
    expect(await names()).toHaveLength(3);
  });

  it('come again when Kubernetes shows another one than was written last, and only then', async () => {
    const pending = await projection.statuses.pending('k8s', 10);
    const [first, ...others] = pending;
    const shown = pending.map(({ reference, status }) => ({
      uid: reference.uid,
      status: parseJson(JSON.stringify(status)),
    }));
    expect(await projection.statuses.shown('k8s', [{ uid: first?.reference.uid ?? '', status: null }])).toBe(0);
    await projection.statuses.written(
      'k8s',
      pending.map(({ reference, digest }) => ({ uid: reference.uid, digest })),
    );
    expect(await projection.statuses.shown('k8s', shown)).toBe(0);
    expect(await projection.statuses.shown('other', [{ uid: first?.reference.uid ?? '', status: null }])).toBe(0);
    expect(await names()).toEqual([]);
    expect(
      await projection.statuses.shown('k8s', [
        { uid: first?.reference.uid ?? '', status: null },
        { uid: others[0]?.reference.uid ?? '', status: { phase: 'Success' } },
        { uid: 'nobody', status: null },
      ]),
    ).toBe(2);
    expect(await projection.statuses.pending('k8s', 10)).toMatchObject([
      { reference: first?.reference, previous: null },
      { reference: others[0]?.reference, previous: null },
    ]);
  });

  it('are not taken for the work of somebody else while another one is on its way', async () => {
    const pending = await projection.statuses.pending('k8s', 10);
    const written = pending.map(({ reference, digest }) => ({ uid: reference.uid, digest }));
    await projection.statuses.written('k8s', written);
    await declare(null);
    const [first] = await projection.statuses.pending('k8s', 10);
    // The writer has written the new one, and has not said so yet.
    const seen = { uid: first?.reference.uid ?? '', status: parseJson(JSON.stringify(first?.status)) };
    expect(await projection.statuses.shown('k8s', [seen])).toBe(0);
    expect(await projection.statuses.pending('k8s', 10)).toContainEqual(first);
  });

  it('never are of another cluster', async () => {
    await projection.list([], configurationText({ clusterName: 'other' }), 'other');
    expect(await projection.statuses.pending('other', 10)).toEqual([]);
  });
});
