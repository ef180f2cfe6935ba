import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { items, member, text } from '../objects/kube-object.js';
import { startKubeSimulator, type KubeSimulator } from '../simulator.js';
import { HttpsClient } from '../testing/https-client.js';
import { namespace, pod } from '../testing/manifests.js';
import { type JsonObject } from '#core/json';

const names = (list: JsonObject): readonly string[] =>
  items(list['items']).map((item) => text(item, 'metadata', 'name'));
const versionOf = (body: JsonObject): string => text(body, 'metadata', 'resourceVersion');
const pods = '/api/v1/namespaces/default/pods';

describe('lists', () => {
  let simulator: KubeSimulator;
  let client: HttpsClient;

  beforeAll(async () => {
    simulator = await startKubeSimulator({ freshnessWait: 50 });
    client = new HttpsClient(simulator);
  });

  beforeEach(() => {
    simulator.clearFaults();
    for (const { metadata } of simulator.list('Pod')) simulator.delete('Pod', metadata.namespace ?? '', metadata.name);
    for (const name of ['a', 'b', 'c', 'd', 'e']) simulator.apply(pod(name));
  });

  afterAll(async () => {
    client.close();
    await simulator.close();
  });

  it('give built-in kinds without apiVersion and kind in their elements, and custom ones with them', async () => {
    simulator.apply({ apiVersion: 'kubeovn.io/v1alpha1', kind: 'ClusterEgressRule', metadata: { name: 'one' } });
    const { body } = await client.get(pods);
    expect(body).toMatchObject({ kind: 'PodList', apiVersion: 'v1' });
    expect(Object.keys(items(body['items'])[0] ?? {})).toEqual(['metadata', 'spec', 'status']);
    const rules = await client.get('/apis/kubeovn.io/v1alpha1/clusteregressrules');
    expect(rules.body).toMatchObject({
      kind: 'ClusterEgressRuleList',
      items: [{ apiVersion: 'kubeovn.io/v1alpha1', kind: 'ClusterEgressRule', metadata: { name: 'one' } }],
    });
  });

  it('show the same revision on all pages, whatever is written between them', async () => {
    const first = await client.get(`${pods}?limit=2`);
    expect(names(first.body)).toEqual(['a', 'b']);
    expect(first.body).toMatchObject({ metadata: { remainingItemCount: 3 } });
    simulator.delete('Pod', 'default', 'd');
    simulator.apply(pod('bb'));
    const next = encodeURIComponent(text(first.body, 'metadata', 'continue'));
    const second = await client.get(`${pods}?limit=2&continue=${next}`);
    expect(names(second.body)).toEqual(['c', 'd']);
    const last = await client.get(`${pods}?limit=2&continue=${text(second.body, 'metadata', 'continue')}`);
    expect(names(last.body)).toEqual(['e']);
    expect([first, second, last].map(({ body }) => versionOf(body))).toEqual(Array(3).fill(versionOf(first.body)));
    expect(member(last.body, 'metadata')).toEqual({ resourceVersion: versionOf(first.body) });
  });

  it('refuse a page of a compacted revision with 410 and a token for the inconsistent rest', async () => {
    const first = await client.get(`${pods}?limit=2`);
    simulator.apply(pod('bb'));
    simulator.compact();
    const expired = await client.get(`${pods}?limit=2&continue=${text(first.body, 'metadata', 'continue')}`);
    expect(expired.code).toBe(410);
    expect(expired.body).toMatchObject({ kind: 'Status', reason: 'Expired', code: 410 });
    const rest = await client.get(`${pods}?limit=9&continue=${text(expired.body, 'metadata', 'continue')}`);
    expect(names(rest.body)).toEqual(['bb', 'c', 'd', 'e']);
    expect(versionOf(rest.body)).toBe(simulator.resourceVersion);
  });

  it('refuse a continue token that nobody made, and a version beside one', async () => {
    expect((await client.get(`${pods}?continue=nonsense`)).body).toMatchObject({ reason: 'BadRequest', code: 400 });
    const first = await client.get(`${pods}?limit=2`);
    const token = text(first.body, 'metadata', 'continue');
    expect((await client.get(`${pods}?continue=${token}&resourceVersion=5`)).body).toMatchObject({
      message: 'specifying resource version is not allowed when using continue',
    });
  });

  it('filter by labels and fields, and then count no remaining items', async () => {
    simulator.apply(pod('x1', { app: 'web', tier: 'front' }));
    simulator.apply(pod('x2', { app: 'web', tier: 'back' }));
    const selected = async (query: string) => names((await client.get(`${pods}?${query}`)).body);
    expect(await selected('labelSelector=app%3Dweb')).toEqual(['x1', 'x2']);
    expect(await selected('labelSelector=app+in+(web),tier!%3Dback')).toEqual(['x1']);
    expect(await selected('labelSelector=!app')).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(await selected('fieldSelector=metadata.name%3Dc')).toEqual(['c']);
    expect(await selected('fieldSelector=status.phase!%3DPending')).toEqual([]);
    const page = await client.get(`${pods}?labelSelector=app&limit=1`);
    expect(names(page.body)).toEqual(['x1']);
    expect(member(page.body, 'metadata')).not.toHaveProperty('remainingItemCount');
    expect(await selected(`labelSelector=app&continue=${text(page.body, 'metadata', 'continue')}`)).toEqual(['x2']);
    expect((await client.get(`${pods}?fieldSelector=spec.wrong%3D1`)).body).toMatchObject({
      code: 400,
      message: 'field label not supported: spec.wrong',
    });
    expect((await client.get(`${pods}?labelSelector=app+in+web`)).code).toBe(400);
  });

  it('take all namespaces, in the order of namespace and name', async () => {
    simulator.apply(namespace('another'));
    simulator.apply({ ...pod('z'), metadata: { name: 'z', namespace: 'another' } });
    expect(names((await client.get('/api/v1/pods')).body)).toEqual(['z', 'a', 'b', 'c', 'd', 'e']);
    expect(names((await client.get('/api/v1/namespaces/another/pods')).body)).toEqual(['z']);
    expect(names((await client.get('/api/v1/namespaces/nowhere/pods')).body)).toEqual([]);
  });

  describe('at a version', () => {
    it('newest without one; exactly that one with Exact, or with a limit and no match', async () => {
      const before = simulator.resourceVersion;
      simulator.delete('Pod', 'default', 'a');
      expect(versionOf((await client.get(pods)).body)).toBe(simulator.resourceVersion);
      const exact = await client.get(`${pods}?resourceVersion=${before}&resourceVersionMatch=Exact`);
      expect([names(exact.body)[0], versionOf(exact.body)]).toEqual(['a', before]);
      const legacy = await client.get(`${pods}?resourceVersion=${before}&limit=1`);
      expect([names(legacy.body)[0], versionOf(legacy.body)]).toEqual(['a', before]);
      const atLeast = await client.get(`${pods}?resourceVersion=${before}&resourceVersionMatch=NotOlderThan&limit=1`);
      expect([names(atLeast.body)[0], versionOf(atLeast.body)]).toEqual(['b', simulator.resourceVersion]);
    });

    it('expired when exactly a compacted one is asked for', async () => {
      const before = simulator.resourceVersion;
      simulator.delete('Pod', 'default', 'a');
      simulator.compact();
      const { code, body } = await client.get(`${pods}?resourceVersion=${before}&resourceVersionMatch=Exact`);
      expect([code, body['reason'], body['message']]).toEqual([
        410,
        'Expired',
        'The resourceVersion for the provided list is too old.',
      ]);
    });

    it('too large when it is not there yet, with the cause that clients look for', async () => {
      const future = Number(simulator.resourceVersion) + 100;
      const { code, body, headers } = await client.get(`${pods}?resourceVersion=${future}`);
      expect(code).toBe(504);
      expect(headers['retry-after']).toBe('1');
      expect(body).toMatchObject({
        reason: 'Timeout',
        message: `Timeout: Too large resource version: ${future}, current: ${simulator.resourceVersion}`,
        details: { causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }] },
      });
      expect((await client.get(`${pods}/a?resourceVersion=${future}`)).code).toBe(504);
    });

    it('waited for when it comes in time', async () => {
      const patient = await startKubeSimulator({ freshnessWait: 30_000 });
      const itsClient = new HttpsClient(patient);
      const next = Number(patient.resourceVersion) + 1;
      const list = itsClient.get(`${pods}?resourceVersion=${next}`);
      await expect.poll(() => patient.requests.length).toBe(1);
      patient.apply(pod('late'));
      expect(names((await list).body)).toEqual(['late']);
      itsClient.close();
      await patient.close();
    });

    it('any, which may be an old one when the watch cache lags, and which knows no limit', async () => {
      simulator.freezeWatchCache();
      const frozen = simulator.resourceVersion;
      simulator.delete('Pod', 'default', 'a');
      const stale = await client.get(`${pods}?resourceVersion=0&limit=2`);
      expect([names(stale.body), versionOf(stale.body)]).toEqual([['a', 'b', 'c', 'd', 'e'], frozen]);
      expect((await client.get(`${pods}/a?resourceVersion=0`)).code).toBe(200);
      expect((await client.get(`${pods}/a`)).code).toBe(404);
      expect(names((await client.get(pods)).body)).toEqual(['b', 'c', 'd', 'e']);
      simulator.thawWatchCache();
      expect(names((await client.get(`${pods}?resourceVersion=0`)).body)).toEqual(['b', 'c', 'd', 'e']);
    });

    it.each([
      ['resourceVersionMatch=Exact', 'resourceVersionMatch is forbidden unless resourceVersion is provided'],
      [
        'resourceVersion=0&resourceVersionMatch=Exact',
        'resourceVersionMatch "exact" is forbidden for resourceVersion "0"',
      ],
      ['resourceVersion=5&resourceVersionMatch=Nearly', 'Unsupported value: "Nearly"'],
      ['sendInitialEvents=true', 'sendInitialEvents is forbidden for list'],
    ])('refused with 422 for %s', async (query, message) => {
      const { code, body } = await client.get(`${pods}?${query}`);
      expect([code, body['reason']]).toEqual([422, 'Invalid']);
      expect(body['message']).toContain(message);
    });

    it('refused with 400 when it is no number', async () => {
      expect((await client.get(`${pods}?resourceVersion=abc`)).body).toMatchObject({ code: 400, reason: 'BadRequest' });
    });
  });
});
