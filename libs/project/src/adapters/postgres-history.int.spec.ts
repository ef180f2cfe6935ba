import { gone, put } from '#testing/project/cluster-spec';
import { declareTenant } from '#testing/project/declared';
import { configurationMessage } from '#testing/project/messages';
import {
  clusterRule,
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
import { type Change } from '#core/change';
import { type AuditFilter } from '../ports/history.js';
import { grantsStatement } from './grant-queries.js';
import { openGrantsStatement } from './rule-queries.js';

let projection: ProjectionUnderTest;
let version: number;

beforeAll(async () => {
  projection = await ProjectionUnderTest.create();
});

beforeEach(async () => {
  await projection.clear();
  version = 100;
});

afterAll(() => projection.close());

/** Something happens, a minute after what was before. Gives when. */
function change(...changes: readonly Change[]): Promise<Date> {
  version += 10;
  return projection.change(
    changes.map((each): Change => ({ ...each, ...versioned(each, String(version)) })),
    60,
  );
}

function versioned(change: Change, resourceVersion: string): object {
  return change.type === 'upsert' ? { object: { ...change.object, resourceVersion } } : { resourceVersion };
}

/** The device takes what is wanted, a minute after what was before. Gives when. */
async function declare(): Promise<Date> {
  const at = projection.clock.pass(60);
  await declareTenant(projection);
  return at;
}

function after(time: Date, seconds: number): Date {
  return new Date(time.getTime() + seconds * 1_000);
}

/** Rule, owner, wanted then, held then. */
async function rulesOf(address: string, at?: Date, cluster?: string): Promise<unknown[]> {
  const question = { address, ...(at === undefined ? {} : { at }), ...(cluster === undefined ? {} : { cluster }) };
  const { grants } = await projection.history.grants(question);
  return grants.map(({ rule, pod: owner, wantedThen, heldThen }) => [rule.name, owner?.name, wantedThen, heldThen]);
}

const first = pod('web-1', { addresses: ['10.1.0.1'] });
const heir = pod('web-2', { addresses: ['10.1.0.1'] });

describe('promise 11: which rules let an address out at a moment', () => {
  it('fault 11: is told from when to when it was wanted and held, whose it was, and who wrote the rule', async () => {
    await projection.list([externalService('payments'), first]);
    const written = await change(put(podRule('out', {}, { manager: 'argocd' })));
    const declared = await declare();
    const rewritten = await change(put(podRule('out', { action: 'drop' }, { generation: 2, manager: 'mallory' })));
    const withdrawn = await change(gone(first));
    const removed = await declare();
    const { grants } = await projection.history.grants({ address: '10.1.0.1', at: after(declared, 1) });
    expect(grants).toEqual([
      {
        device: 'bigip',
        cluster: 'k8s',
        rule: {
          kind: 'PodEgressRule',
          uid: 'PodEgressRule/shop/out',
          namespace: 'shop',
          name: 'out',
          spec: podRule('out').content.spec,
          written: { position: expect.any(Number) as number, at: written, manager: 'argocd', actor: null },
        },
        prefix: '10.1.0.1',
        routeDomain: 0,
        namespace: 'shop',
        pod: { uid: first.uid, name: 'web-1' },
        pinned: false,
        wanted: {
          from: { time: written, position: expect.any(Number) as number },
          to: { time: withdrawn, position: expect.any(Number) as number },
        },
        held: [
          {
            tenant: 'Common',
            fromVersion: 1,
            from: { earliest: declared, latest: declared },
            toVersion: 2,
            to: { earliest: removed, latest: removed },
          },
        ],
        wantedThen: true,
        heldThen: 'yes',
      },
    ]);
    const then = await projection.history.grants({ address: '10.1.0.1', at: rewritten });
    expect(then.grants[0]?.rule).toMatchObject({ spec: { action: 'drop' }, written: { manager: 'mallory' } });
    expect(await rulesOf('10.1.0.1', after(written, -1))).toEqual([]);
    expect(await rulesOf('10.1.0.1', written)).toEqual([['out', 'web-1', true, 'no']]);
    expect(await rulesOf('10.1.0.1', withdrawn)).toEqual([['out', 'web-1', false, 'yes']]);
    expect(await rulesOf('10.1.0.1', removed)).toEqual([]);
    expect(await rulesOf('10.1.0.1')).toEqual([]);
    expect(await rulesOf('10.1.0.2', declared)).toEqual([]);
  });

  it('tells owners of the same address apart, also while the device still held it for the one before', async () => {
    await projection.list([externalService('payments'), podRule('out'), first]);
    const declared = await declare();
    const withdrawn = await change(gone(first));
    const reused = await change(put(heir));
    expect(await rulesOf('10.1.0.1', declared)).toEqual([['out', 'web-1', true, 'yes']]);
    expect(await rulesOf('10.1.0.1', withdrawn)).toEqual([['out', 'web-1', false, 'yes']]);
    expect(await rulesOf('10.1.0.1', reused)).toEqual([['out', 'web-2', true, 'yes']]);
  });

  it('finds what became effective only after it had been withdrawn', async () => {
    await projection.list([externalService('payments'), podRule('out'), first]);
    const lease = await projection.lease();
    const { desired, position } = await projection.tenant();
    const planned = { tenant: 'Common', purpose: 'change', position, digest: 'd', rules: desired.rules } as const;
    const { id } = await projection.log.begin(lease, { ...planned, declaration: {}, heldBack: [] });
    await change(gone(first));
    const [effectiveFrom, effectiveTo] = [projection.clock.pass(1), projection.clock.pass(8)];
    await projection.log.conclude(lease, id, { type: 'applied', effectiveFrom, effectiveTo, heldBack: [] });
    expect(await rulesOf('10.1.0.1', after(effectiveFrom, -1))).toEqual([]);
    expect(await rulesOf('10.1.0.1', effectiveFrom)).toEqual([['out', 'web-1', false, 'unknown']]);
    expect(await rulesOf('10.1.0.1', effectiveTo)).toEqual([['out', 'web-1', false, 'yes']]);
  });

  it('finds an address in the CIDR of a namespace, of either family, and of the cluster that is asked for', async () => {
    const everything = namespace('shop', { cidr: '10.1.0.0/24,fd00::/64' });
    await projection.list([everything, externalService('payments'), namespaceRule('all')]);
    const other = configurationText({ clusterName: 'other' });
    await projection.list([everything, externalService('payments'), namespaceRule('there')], other, 'other');
    expect(await rulesOf('10.1.0.77')).toEqual([
      ['all', undefined, true, 'no'],
      ['there', undefined, true, 'no'],
    ]);
    expect(await rulesOf('fd00::7', undefined, 'other')).toEqual([['there', undefined, true, 'no']]);
    expect(await rulesOf('10.1.1.0')).toEqual([]);
  });

  it('goes on telling of a rule that is gone, and that another one has the name of', async () => {
    await projection.list([externalService('payments'), podRule('out'), first]);
    const declared = await declare();
    await change(gone(podRule('out')));
    await change(put(podRule('out', { action: 'drop' }, { uid: 'another' })));
    const { grants } = await projection.history.grants({ address: '10.1.0.1', at: declared });
    expect(grants.map(({ rule }) => [rule.uid, rule.spec['action']])).toEqual([['PodEgressRule/shop/out', 'accept']]);
  });

  it('names the rules for every address that the device held then', async () => {
    const everyone = clusterRule('everyone', { externalServices: ['dns'] });
    const dns = externalService('dns', {}, { namespace: 'kube-system' });
    const web = pod('web', { addresses: ['10.1.0.1'] });
    await projection.list([dns, externalService('payments'), podRule('out'), web, everyone]);
    const before = projection.clock.now();
    const declared = await declare();
    await change(gone(everyone));
    const removed = await declare();
    const names = async (at: Date) => {
      const { everyone: found } = await projection.history.grants({ address: '192.0.2.1', at });
      return found.map(({ rule, tenant, version: held, heldThen }) => [rule.name, tenant, held, heldThen]);
    };
    expect(await names(before)).toEqual([]);
    expect(await names(declared)).toEqual([['everyone', 'Common', 1, 'yes']]);
    expect(await names(removed)).toEqual([]);
  });
});

describe('a lookup', () => {
  it('by address or by rule reads indexes alone, with 200,000 grants and as many ranges on the device', async () => {
    await projection.rows(
      `INSERT INTO egress_grant (device, cluster, rule_uid, prefix, route_domain, namespace, from_position, from_time,
         to_position, to_time)
       SELECT 'bigip', 'k8s', 'rule-' || i % 1000, host(inet '10.0.0.0' + i % 100000), 0, 'shop', i,
         timestamptz '2026-01-01' + i * interval '1 second', i + 1000,
         CASE WHEN i < 100000 THEN timestamptz '2026-01-01' + (i + 1000) * interval '1 second' END
       FROM generate_series(1, 200000) AS i`,
    );
    await projection.rows(
      `INSERT INTO grant_hold (device, tenant, cluster, rule_uid, prefix, route_domain, from_version, from_earliest,
         from_latest, to_version, to_earliest, to_latest)
       SELECT device, 'Common', cluster, rule_uid, prefix, 0, from_position, from_time, from_time, to_position, to_time,
         to_time FROM egress_grant`,
    );
    for (const table of ['egress_grant', 'grant_hold', 'event', 'audit_entry'])
      await projection.rows(`ANALYZE ${table}`);
    const plan = JSON.stringify(
      await projection.rows(`EXPLAIN (ANALYZE, FORMAT JSON) ${grantsStatement}`, [
        '10.0.0.77',
        new Date('2026-03-01T12:00:00Z'),
        null,
      ]),
    );
    expect(plan).toContain('egress_grant_lookup');
    expect(plan).toContain('grant_hold_lookup');
    expect(plan).not.toMatch(/"Node Type":\s*"Seq Scan"[^}]*"Relation Name":\s*"(egress_grant|grant_hold)"/);
    const ofRule = JSON.stringify(
      await projection.rows(`EXPLAIN (FORMAT JSON) ${openGrantsStatement}`, ['k8s', 'rule-7']),
    );
    expect(ofRule).toContain('egress_grant_open');
    expect(ofRule).toContain('grant_hold_of_rule');
  });
});

describe('promise 11: the audit', () => {
  const names = async (filter: AuditFilter) =>
    (await projection.history.audit(filter, { limit: 100 })).entries.map(({ name, action }) => `${name} ${action}`);

  it('is listed newest first, by what is asked for', async () => {
    await projection.list([externalService('payments')]);
    const written = await change(put(podRule('out', {}, { manager: 'argocd' })));
    const rewritten = await change(put(podRule('out', { action: 'drop' }, { generation: 2, manager: 'mallory' })));
    await projection.commands.requestResync({ device: 'bigip', tenants: 'all', actor: { name: 'ann', origin: 'cli' } });
    expect(await names({})).toEqual(['Common resync', 'out changed', 'out created', 'payments created', 'k8s created']);
    expect(await names({ kind: 'PodEgressRule', namespace: 'shop', name: 'out', cluster: 'k8s' })).toHaveLength(2);
    expect(await names({ actor: 'mallory' })).toEqual(['out changed']);
    expect(await names({ actor: 'ann' })).toEqual(['Common resync']);
    expect(await names({ cluster: 'another' })).toEqual([]);
    expect(await names({ since: rewritten })).toEqual(['Common resync', 'out changed']);
    expect(await names({ since: written, until: written })).toEqual(['out created']);
  });

  it('comes in pages that do not move when something is added', async () => {
    await projection.list([externalService('payments'), podRule('a'), podRule('b'), podRule('c')]);
    const page = await projection.history.audit({}, { limit: 2 });
    await change(put(podRule('d')));
    const next = await projection.history.audit({}, { limit: 100, after: page.next ?? '' });
    const positions = [...page.entries, ...next.entries].map(({ position }) => position);
    expect(positions).toEqual(positions.toSorted((left, right) => right - left));
    expect(positions).toHaveLength(5);
    expect(next.next).toBeNull();
    await expect(projection.history.audit({}, { limit: 2, after: 'x' })).rejects.toThrow('cursor');
  });

  it('tells the exact difference of a change, and when it became effective', async () => {
    await projection.list([externalService('payments'), podRule('out'), first]);
    await declare();
    const at = await change(put(podRule('out', { action: 'drop' }, { generation: 2, manager: 'mallory' })));
    const [entry] = (await projection.history.audit({}, { limit: 1 })).entries;
    const position = entry?.position ?? 0;
    expect(await projection.history.auditEntry(position)).toMatchObject({ effective: null });
    const declared = await declare();
    expect(await projection.history.auditEntry(position)).toEqual({
      position,
      device: 'bigip',
      cluster: 'k8s',
      kind: 'PodEgressRule',
      uid: 'PodEgressRule/shop/out',
      namespace: 'shop',
      name: 'out',
      action: 'changed',
      before: podRule('out').content,
      after: podRule('out', { action: 'drop' }).content,
      manager: 'mallory',
      actor: null,
      observedAt: at,
      at,
      effective: { tenant: 'Common', version: 2, interval: { earliest: declared, latest: declared } },
    });
    expect(await projection.history.auditEntry(9_999)).toBeNull();
  });

  it('tells when the deletion of a rule became effective', async () => {
    await projection.list([
      service('web'),
      first,
      endpoints('web', [first]),
      externalService('payments'),
      podRule('stay'),
    ]);
    await change(put(serviceRule('out')));
    await declare();
    await change(gone(serviceRule('out')));
    const [entry] = (await projection.history.audit({ name: 'out' }, { limit: 1 })).entries;
    const declared = await declare();
    expect(await projection.history.auditEntry(entry?.position ?? 0)).toMatchObject({
      action: 'deleted',
      effective: { version: 2, interval: { earliest: declared } },
    });
  });

  it('has the configuration with before and after', async () => {
    await projection.list([]);
    await projection.project(configurationMessage(configurationText({ namespaceSource: 'pods' })));
    const { entries } = await projection.history.audit({ kind: 'Configuration' }, { limit: 10 });
    expect(entries.map(({ action, name }) => [action, name])).toEqual([
      ['changed', 'k8s'],
      ['created', 'k8s'],
    ]);
  });
});
