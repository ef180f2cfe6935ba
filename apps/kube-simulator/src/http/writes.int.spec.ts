import { waitFor } from '#testing/wait-for';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type JsonObject } from '#core/json';
import { items, member, text } from '../objects/kube-object.js';
import { startKubeSimulator, type KubeSimulator } from '../simulator.js';
import { HttpsClient } from '../testing/https-client.js';
import { externalService, namespace, pod, service, serviceRule } from '../testing/manifests.js';

const pods = '/api/v1/namespaces/default/pods';
const rules = '/apis/kubeovn.io/v1alpha1/namespaces/default/serviceegressrules';
const externals = '/apis/kubeovn.io/v1alpha1/namespaces/default/externalservices';
const leases = '/apis/coordination.k8s.io/v1/namespaces/default/leases';

const meta = (object: JsonObject): JsonObject => member(object, 'metadata');
const versionOf = (object: JsonObject): string => text(object, 'metadata', 'resourceVersion');

describe('writes', () => {
  let simulator: KubeSimulator;
  let client: HttpsClient;

  beforeAll(async () => {
    simulator = await startKubeSimulator({ now: () => new Date('2026-11-22T20:31:00.123Z') });
    client = new HttpsClient(simulator);
  });

  beforeEach(() => {
    simulator.clearFaults();
    for (const kind of ['Pod', 'ServiceEgressRule', 'ExternalService', 'Lease', 'Event', 'Service']) {
      for (const { metadata } of simulator.list(kind)) simulator.delete(kind, metadata.namespace ?? '', metadata.name);
    }
  });

  afterAll(async () => {
    client.close();
    await simulator.close();
  });

  describe('create', () => {
    it('gives an object its identity, and says who made it', async () => {
      const { code, body } = await client.post(rules, serviceRule('web-out'), { userAgent: 'kubectl/v1.32.4 (linux)' });
      expect(code).toBe(201);
      expect(meta(body)).toMatchObject({
        name: 'web-out',
        namespace: 'default',
        uid: expect.stringMatching(/^[0-9a-f-]{36}$/) as unknown,
        resourceVersion: simulator.resourceVersion,
        generation: 1,
        creationTimestamp: '2026-11-22T20:31:00Z',
        managedFields: [
          {
            manager: 'kubectl',
            operation: 'Update',
            apiVersion: 'kubeovn.io/v1alpha1',
            time: '2026-11-22T20:31:00Z',
            fieldsType: 'FieldsV1',
            fieldsV1: { 'f:spec': { 'f:action': {}, 'f:service': {}, 'f:externalServices': {} } },
          },
        ],
      });
      const named = await client.post(`${rules}?fieldManager=argocd`, serviceRule('other'));
      expect(named.body).toMatchObject({ metadata: { managedFields: [{ manager: 'argocd' }] } });
    });

    it('makes a name from generateName', async () => {
      const { body } = await client.post(pods, { ...pod(''), metadata: { generateName: 'web-' } });
      expect(text(body, 'metadata', 'name')).toMatch(/^web-[a-z0-9]{5}$/);
    });

    it('drops the status of kinds that keep it apart', async () => {
      const { body } = await client.post(rules, { ...serviceRule('web-out'), status: { phase: 'Success' } });
      expect(body).not.toHaveProperty('status');
      const started = await client.post(pods, { ...pod('web'), status: { phase: 'Running', podIP: '10.0.0.1' } });
      expect(started.body['status']).toEqual({ phase: 'Pending', qosClass: 'BestEffort' });
    });

    it.each([
      ['a name that is taken', pods, pod('taken'), 409, 'AlreadyExists', 'pods "taken" already exists'],
      [
        'a namespace that does not exist',
        '/api/v1/namespaces/nowhere/pods',
        { ...pod('a'), metadata: { name: 'a' } },
        404,
        'NotFound',
        'namespaces "nowhere" not found',
      ],
      ['a bad name', pods, pod('Not_Good'), 422, 'Invalid', 'Pod "Not_Good" is invalid: metadata.name: Invalid value'],
      ['a bad label', pods, pod('a', { x: 'not good' }), 422, 'Invalid', 'metadata.labels: Invalid value: "not good"'],
      ['a pod without containers', pods, { ...pod('a'), spec: {} }, 422, 'Invalid', 'spec.containers: Required value'],
      [
        'another namespace than the path says',
        pods,
        { ...pod('a'), metadata: { name: 'a', namespace: 'kube-system' } },
        400,
        'BadRequest',
        'the namespace of the provided object does not match the namespace sent on the request',
      ],
      [
        'no kind',
        rules,
        { apiVersion: 'kubeovn.io/v1alpha1', metadata: { name: 'a' } },
        400,
        'BadRequest',
        "Object 'Kind' is missing",
      ],
      ['another kind', pods, service('a', {}), 400, 'BadRequest', 'does not match the expected kind (Pod)'],
      ['all namespaces', '/api/v1/pods', pod('a'), 405, 'MethodNotAllowed', 'does not allow this method'],
    ])('refuses %s', async (_what, path, body, code, reason, message) => {
      simulator.apply(pod('taken'));
      const response = await client.post(path, body);
      expect([response.code, response.body['reason']]).toEqual([code, reason]);
      expect(response.body).toMatchObject({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code });
      expect(response.body['message']).toContain(message);
    });

    it('refuses a resourceVersion, as etcd does', async () => {
      const { code, body } = await client.post(pods, { ...pod('a'), metadata: { name: 'a', resourceVersion: '5' } });
      expect([code, body['reason'], body['message']]).toEqual([
        500,
        undefined,
        'resourceVersion should not be set on objects to be created',
      ]);
    });

    it('takes YAML, refuses protobuf, and bodies over 3 MiB', async () => {
      const send = (contentType: string) => client.post(pods, pod('a'), { contentType });
      expect((await send('application/yaml')).code).toBe(201);
      expect((await send('application/vnd.kubernetes.protobuf')).code).toBe(415);
      const large = { ...pod('b'), metadata: { name: 'b', annotations: { large: 'x'.repeat(3_200_000) } } };
      expect((await client.post(pods, large)).code).toBe(413);
    });

    it('takes built-in kinds that do not say what they are', async () => {
      const { apiVersion: _version, kind: _kind, ...unnamed } = pod('a');
      expect((await client.post(pods, unnamed)).body).toMatchObject({ apiVersion: 'v1', kind: 'Pod' });
    });

    it('changes nothing in a dry run', async () => {
      const before = simulator.resourceVersion;
      expect((await client.post(`${pods}?dryRun=All`, pod('a'))).code).toBe(201);
      expect([simulator.resourceVersion, simulator.get('Pod', 'default', 'a')]).toEqual([before, undefined]);
    });
  });

  describe('update', () => {
    it('counts the generation for changes of the specification only', async () => {
      const created = (await client.post(rules, serviceRule('r'))).body;
      const changed = { ...created, spec: { ...member(created, 'spec'), action: 'drop' } };
      const updated = (await client.put(`${rules}/r`, changed)).body;
      expect(meta(updated)).toMatchObject({ generation: 2, uid: text(created, 'metadata', 'uid') });
      const labelled = await client.mergePatch(`${rules}/r`, { metadata: { labels: { team: 'a' } } });
      const reported = await client.mergePatch(`${rules}/r/status`, { status: { phase: 'Success' } });
      expect([meta(labelled.body)['generation'], meta(reported.body)['generation']]).toEqual([2, 2]);
    });

    it('that changes nothing takes no version', async () => {
      const created = (await client.post(rules, serviceRule('r'))).body;
      const same = await client.put(`${rules}/r`, created);
      const patched = await client.mergePatch(`${rules}/r`, { spec: { action: 'accept' } });
      expect([versionOf(same.body), versionOf(patched.body)]).toEqual([versionOf(created), versionOf(created)]);
      expect(simulator.resourceVersion).toBe(versionOf(created));
    });

    it('of an old version is a conflict', async () => {
      const created = (await client.post(rules, serviceRule('r'))).body;
      await client.mergePatch(`${rules}/r`, { spec: { action: 'drop' } });
      for (const path of [`${rules}/r`, `${rules}/r/status`]) {
        const { code, body } = await client.put(path, { ...created, status: { phase: 'Success' } });
        expect([code, body['reason']]).toEqual([409, 'Conflict']);
        expect(body['message']).toBe(
          'Operation cannot be fulfilled on serviceegressrules.kubeovn.io "r": the object has been modified; ' +
            'please apply your changes to the latest version and try again',
        );
      }
      const patch = { metadata: { resourceVersion: versionOf(created) }, status: { phase: 'Success' } };
      expect((await client.mergePatch(`${rules}/r/status`, patch)).code).toBe(409);
    });

    it('of a custom kind or a lease needs a version, of other kinds not', async () => {
      simulator.apply(serviceRule('r'));
      const { code, body } = await client.put(`${rules}/r`, serviceRule('r', { action: 'drop' }));
      expect([code, body['message']]).toEqual([
        422,
        'serviceegressrules.kubeovn.io "r" is invalid: metadata.resourceVersion: Invalid value: 0x0: ' +
          'must be specified for an update',
      ]);
      simulator.apply(service('s', { app: 'a' }));
      expect((await client.put('/api/v1/namespaces/default/services/s', service('s', { app: 'b' }))).code).toBe(200);
    });

    it('of another incarnation is a conflict for PUT and invalid for PATCH', async () => {
      const old = simulator.apply(serviceRule('r'));
      simulator.recreate('ServiceEgressRule', 'default', 'r');
      const put = await client.put(`${rules}/r/status`, { ...old, status: { phase: 'Success' } });
      expect([put.code, put.body['reason']]).toEqual([409, 'Conflict']);
      expect(put.body['message']).toContain('Precondition failed: UID in precondition');
      const patch = await client.mergePatch(`${rules}/r`, { metadata: { uid: old.metadata.uid } });
      expect([patch.code, patch.body['reason']]).toEqual([422, 'Invalid']);
    });

    it('keeps status and specification apart', async () => {
      const created = (await client.post(rules, serviceRule('r'))).body;
      const both = { ...created, spec: { action: 'drop' }, status: { phase: 'Success' } };
      const status = (await client.put(`${rules}/r/status`, both)).body;
      expect([status['spec'], status['status']]).toEqual([created['spec'], { phase: 'Success' }]);
      const main = (await client.put(`${rules}/r`, { ...status, spec: { action: 'drop' }, status: {} })).body;
      expect([main['spec'], main['status']]).toEqual([{ action: 'drop' }, { phase: 'Success' }]);
      expect(meta(main)['managedFields']).toMatchObject([
        { subresource: 'status', fieldsV1: { 'f:status': { 'f:phase': {} } } },
        { fieldsV1: { 'f:spec': { 'f:action': {} } } },
      ]);
    });

    it('of nothing is 404, for a lease it creates', async () => {
      expect((await client.put(`${pods}/a`, pod('a'))).body).toMatchObject({
        code: 404,
        message: 'pods "a" not found',
      });
      const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'l' }, spec: {} };
      expect((await client.put(`${leases}/l`, lease)).code).toBe(201);
      expect((await client.put(`${leases}/other`, lease)).code).toBe(400);
    });

    it('of a pod may not change what is fixed', async () => {
      const created = (await client.post(pods, pod('a'))).body;
      const moved = { ...created, spec: { ...member(created, 'spec'), nodeName: 'n' } };
      expect((await client.put(`${pods}/a`, moved)).body['message']).toContain(
        'pod updates may not change fields other than',
      );
    });
  });

  describe('patch', () => {
    const send = (path: string, kind: string, body: Parameters<HttpsClient['put']>[1]) =>
      client.send('PATCH', path, { contentType: `application/${kind}`, body });

    it('merges as RFC 7386', async () => {
      simulator.apply(externalService('e', '192.0.2.1'));
      const { body } = await client.mergePatch(`${externals}/e`, {
        metadata: { annotations: { note: 'x' } },
        spec: { addresses: ['192.0.2.2'], ports: null },
      });
      expect(body).toMatchObject({ metadata: { annotations: { note: 'x' } }, spec: { addresses: ['192.0.2.2'] } });
    });

    it('carries out a JSON patch whole or not at all', async () => {
      simulator.apply(externalService('e', '192.0.2.1'));
      const add = { op: 'add', path: '/spec/addresses/-', value: '192.0.2.2' };
      const ok = await send(`${externals}/e`, 'json-patch+json', [add]);
      expect(member(ok.body, 'spec')).toEqual({ addresses: ['192.0.2.1', '192.0.2.2'] });
      const test = { op: 'test', path: '/spec/addresses/0', value: 'other' };
      const refused = await send(`${externals}/e`, 'json-patch+json', [add, test]);
      expect([refused.code, refused.body['reason']]).toEqual([422, 'Invalid']);
      expect(member(simulator.get('ExternalService', 'default', 'e') ?? {}, 'spec')).toEqual(member(ok.body, 'spec'));
      expect((await send(`${externals}/e`, 'json-patch+json', [{ op: 'swap' }])).code).toBe(400);
    });

    it('merges lists of built-in kinds by their keys, and refuses that for custom kinds', async () => {
      simulator.apply(pod('a'));
      const image = { spec: { containers: [{ name: 'main', image: 'registry.example/main:2' }] } };
      const { body } = await send(`${pods}/a`, 'strategic-merge-patch+json', image);
      expect(member(body, 'spec')['containers']).toEqual([{ name: 'main', image: 'registry.example/main:2' }]);
      simulator.apply(serviceRule('r'));
      const refused = await send(`${rules}/r`, 'strategic-merge-patch+json', { spec: { action: 'drop' } });
      expect([refused.code, refused.body['reason']]).toEqual([415, 'UnsupportedMediaType']);
    });

    it('applies on the server: creates, owns, gives up, and refuses what others own', async () => {
      const apply = (manager: string, body: JsonObject, query = '') =>
        client.send('PATCH', `${rules}/r?fieldManager=${manager}${query}`, {
          contentType: 'application/apply-patch+yaml',
          body,
        });
      const created = await apply('team', serviceRule('r', { logging: true }));
      expect([created.code, meta(created.body)['managedFields']]).toMatchObject([
        201,
        [{ manager: 'team', operation: 'Apply', fieldsV1: { 'f:spec': { 'f:logging': {} } } }],
      ]);
      const narrowed = await apply('team', serviceRule('r'));
      expect(member(narrowed.body, 'spec')).not.toHaveProperty('logging');
      const other = await apply('security', serviceRule('r', { action: 'reject' }));
      expect([other.code, other.body['message']]).toEqual([
        409,
        'Apply failed with 1 conflict: conflict with "team" using kubeovn.io/v1alpha1: .spec.action',
      ]);
      expect(other.body['details']).toMatchObject({
        causes: [{ reason: 'FieldManagerConflict', field: '.spec.action' }],
      });
      const forced = await apply('security', serviceRule('r', { action: 'reject' }), '&force=true');
      expect([forced.code, member(forced.body, 'spec')['action']]).toEqual([200, 'reject']);
      expect((await apply('', serviceRule('r'))).code).toBe(422);
    });
  });

  describe('delete', () => {
    it('answers with a Status, for pods, services and namespaces with the object', async () => {
      const rule = simulator.apply(serviceRule('r'));
      simulator.apply(pod('a'));
      expect((await client.delete(`${rules}/r`)).body).toEqual({
        kind: 'Status',
        apiVersion: 'v1',
        metadata: {},
        status: 'Success',
        details: { name: 'r', group: 'kubeovn.io', kind: 'serviceegressrules', uid: rule.metadata.uid },
      });
      expect((await client.delete(`${pods}/a`)).body).toMatchObject({ kind: 'Pod', metadata: { name: 'a' } });
      expect((await client.delete(`${pods}/a`)).code).toBe(404);
    });

    it('only the incarnation and version that is meant', async () => {
      const rule = simulator.apply(serviceRule('r'));
      const refuse = async (preconditions: JsonObject) => (await client.delete(`${rules}/r`, { preconditions })).code;
      expect(await refuse({ uid: 'another' })).toBe(409);
      expect(await refuse({ resourceVersion: '1' })).toBe(409);
      expect(await refuse({ uid: rule.metadata.uid, resourceVersion: rule.metadata.resourceVersion })).toBe(200);
    });

    it('waits for finalizers', async () => {
      simulator.apply({
        ...serviceRule('r'),
        metadata: { name: 'r', namespace: 'default', finalizers: ['example.com/x'] },
      });
      const { body } = await client.delete(`${rules}/r`);
      expect(meta(body)).toMatchObject({
        deletionTimestamp: '2026-11-22T20:31:00Z',
        deletionGracePeriodSeconds: 0,
        generation: 2,
        finalizers: ['example.com/x'],
      });
      const more = await client.mergePatch(`${rules}/r`, {
        metadata: { finalizers: ['example.com/x', 'example.com/y'] },
      });
      expect(more.code).toBe(422);
      expect((await client.mergePatch(`${rules}/r`, { metadata: { finalizers: null } })).code).toBe(200);
      expect(simulator.get('ServiceEgressRule', 'default', 'r')).toBeUndefined();
    });

    it('leaves a pod on a node its grace period', async () => {
      simulator.apply({ ...pod('a'), spec: { ...member(pod('a'), 'spec'), nodeName: 'n1' } });
      const { body } = await client.delete(`${pods}/a`);
      expect(meta(body)).toMatchObject({ deletionTimestamp: '2026-11-22T20:31:30Z', deletionGracePeriodSeconds: 30 });
      const shorter = await client.delete(`${pods}/a`, { gracePeriodSeconds: 5 });
      expect(meta(shorter.body)).toMatchObject({ deletionTimestamp: '2026-11-22T20:31:05Z' });
      await client.delete(`${pods}/a`, { gracePeriodSeconds: 0 });
      expect(simulator.get('Pod', 'default', 'a')).toBeUndefined();
    });

    it('takes a collection by its selector', async () => {
      for (const name of ['a', 'b', 'c']) simulator.apply(pod(name, { keep: String(name === 'b') }));
      const { body } = await client.delete(`${pods}?labelSelector=keep%3Dfalse`);
      expect(items(body['items']).map((item) => text(item, 'metadata', 'name'))).toEqual(['a', 'c']);
      expect(simulator.list('Pod').map(({ metadata }) => metadata.name)).toEqual(['b']);
    });

    it('empties a namespace, except what is held; meanwhile nothing new goes in', async () => {
      simulator.apply(namespace('shop'));
      const inShop = (object: JsonObject, finalizers: readonly string[] = []): JsonObject => ({
        ...object,
        metadata: { name: text(object, 'metadata', 'name'), namespace: 'shop', finalizers },
      });
      simulator.apply(inShop(pod('a')));
      simulator.apply(inShop(externalService('held', '192.0.2.1'), ['example.com/x']));
      const watch = await client.watch(`/api/v1/namespaces?watch=true&resourceVersion=${simulator.resourceVersion}`);
      expect((await client.delete('/api/v1/namespaces/shop')).body).toMatchObject({ status: { phase: 'Terminating' } });
      expect(simulator.list('Pod', 'shop')).toEqual([]);
      const refused = await client.post('/api/v1/namespaces/shop/pods', inShop(pod('b')));
      expect(refused.body).toMatchObject({ code: 403, details: { causes: [{ reason: 'NamespaceTerminating' }] } });
      const held = '/apis/kubeovn.io/v1alpha1/namespaces/shop/externalservices/held';
      await client.mergePatch(held, { metadata: { finalizers: [] } });
      expect(simulator.get('Namespace', '', 'shop')).toBeUndefined();
      await waitFor(() => {
        expect(watch.summary).toEqual(['MODIFIED shop', 'DELETED shop']);
      });
      expect((await client.delete('/api/v1/namespaces/default')).code).toBe(403);
    });
  });
});
