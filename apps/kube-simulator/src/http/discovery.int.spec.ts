import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { items, text } from '../objects/kube-object.js';
import { startKubeSimulator, type KubeSimulator } from '../simulator.js';
import { HttpsClient } from '../testing/https-client.js';
import { namespace, pod, service, serviceRule } from '../testing/manifests.js';
import { type JsonObject } from '#core/json';

const table = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';
const namesOf = (list: JsonObject): readonly string[] =>
  items(list['resources']).map((resource) => text(resource, 'name'));

describe('what clients discover', () => {
  let simulator: KubeSimulator;
  let client: HttpsClient;

  beforeAll(async () => {
    simulator = await startKubeSimulator({ clusterLife: true, now: () => new Date('2026-11-22T20:31:00Z') });
    client = new HttpsClient(simulator);
  });

  afterAll(async () => {
    client.close();
    await simulator.close();
  });

  it('groups, versions and resources', async () => {
    expect((await client.get('/version')).body).toMatchObject({ major: '1', gitVersion: 'v1.32.0+simulator' });
    expect((await client.get('/api')).body).toMatchObject({ kind: 'APIVersions', versions: ['v1'] });
    const { body } = await client.get('/apis');
    expect(items(body['groups']).map((group) => text(group, 'preferredVersion', 'groupVersion'))).toEqual([
      'discovery.k8s.io/v1',
      'coordination.k8s.io/v1',
      'events.k8s.io/v1',
      'kubeovn.io/v1alpha1',
      'authentication.k8s.io/v1',
      'authorization.k8s.io/v1',
    ]);
    expect((await client.get('/apis/kubeovn.io')).body).toMatchObject({ kind: 'APIGroup', name: 'kubeovn.io' });
    const core = await client.get('/api/v1');
    expect(namesOf(core.body)).toEqual([
      'namespaces',
      'namespaces/status',
      'namespaces/finalize',
      'pods',
      'pods/status',
      'services',
      'services/status',
      'events',
    ]);
    const custom = await client.get('/apis/kubeovn.io/v1alpha1');
    expect(items(custom.body['resources'])).toContainEqual({
      name: 'clusteregressrules',
      singularName: 'clusteregressrule',
      namespaced: false,
      kind: 'ClusterEgressRule',
      verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
      shortNames: ['cgr'],
    });
    expect(namesOf(custom.body)).not.toContain('externalservices/status');
  });

  it('that the server validates fields, for kubectl apply', async () => {
    expect((await client.get('/openapi/v3')).body).toMatchObject({
      paths: { 'apis/kubeovn.io/v1alpha1': { serverRelativeURL: '/openapi/v3/apis/kubeovn.io/v1alpha1' } },
    });
    const { body } = await client.get('/openapi/v3/api/v1');
    expect(body).toMatchObject({
      paths: {
        '/api/v1/namespaces/{namespace}/pods/{name}': {
          patch: { 'x-kubernetes-group-version-kind': { group: '', version: 'v1', kind: 'Pod' } },
        },
      },
    });
  });

  it.each([
    '/api/v1/nothing',
    '/api/v2/pods',
    '/apis/kubeovn.io/v1/externalservices',
    '/api/v1/pods/web',
    '/api/v1/namespaces/default/namespaces',
    '/apis/kubeovn.io/v1alpha1/namespaces/default/externalservices/e/status',
    '/nowhere',
  ])('nothing at %s', async (path) => {
    expect(await client.get(path)).toMatchObject({ code: 404, text: '404 page not found\n' });
  });

  it('tables as kubectl prints them', async () => {
    simulator.apply(namespace('shop'));
    simulator.apply(service('web', { app: 'web' }));
    simulator.apply(pod('web', { app: 'web' }));
    simulator.apply({ ...serviceRule('r'), status: { phase: 'Success' } });
    const cells = async (path: string) =>
      items((await client.get(path, { accept: table })).body['rows']).map((row) => row['cells']);
    expect(await cells('/apis/kubeovn.io/v1alpha1/serviceegressrules')).toEqual([['r', 'accept', 'Success']]);
    expect(await cells('/api/v1/namespaces/default/pods')).toEqual([
      ['web', '1/1', 'Running', '0', '0s', '10.244.0.2', 'simulated-node', '<none>', '<none>'],
    ]);
    expect(await cells('/api/v1/namespaces/default/services')).toEqual([
      ['web', 'ClusterIP', '10.96.0.2', '<none>', '80/TCP', '0s', 'app=web'],
    ]);
    expect(await cells('/apis/discovery.k8s.io/v1/endpointslices')).toEqual([
      [expect.stringMatching(/^web-/), 'IPv4', '8080', '10.244.0.2', '0s'],
    ]);
    expect(await cells('/api/v1/namespaces?fieldSelector=metadata.name%3Dshop')).toEqual([['shop', 'Active', '0s']]);
  });

  it('the columns of a table, and rows with metadata, the object or nothing', async () => {
    const path = '/apis/kubeovn.io/v1alpha1/namespaces/default/serviceegressrules/r';
    const { body } = await client.get(path, { accept: table });
    expect(items(body['columnDefinitions']).map((column) => column['name'])).toEqual(['Name', 'Action', 'Status']);
    const row = async (query: string) =>
      items((await client.get(`${path}?${query}`, { accept: table })).body['rows'])[0];
    expect(await row('')).toMatchObject({ object: { kind: 'PartialObjectMetadata', metadata: { name: 'r' } } });
    expect(await row('includeObject=Object')).toMatchObject({ object: { kind: 'ServiceEgressRule', spec: {} } });
    expect(await row('includeObject=None')).toMatchObject({ object: null });
  });

  it('that nothing but JSON is spoken', async () => {
    const answer = await client.get('/api/v1/pods', { accept: 'application/vnd.kubernetes.protobuf' });
    expect(answer.code).toBe(406);
  });
});
