import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startKubeSimulator, type KubeSimulator } from '../simulator.js';
import { HttpsClient } from '../testing/https-client.js';
import { serviceRule } from '../testing/manifests.js';

const pods = '/api/v1/namespaces/default/pods';
const rules = '/apis/kubeovn.io/v1alpha1/namespaces/default/serviceegressrules';
const tokenReviews = '/apis/authentication.k8s.io/v1/tokenreviews';
const accessReviews = '/apis/authorization.k8s.io/v1/subjectaccessreviews';

describe('access', () => {
  let simulator: KubeSimulator;
  let client: HttpsClient;

  beforeAll(async () => {
    simulator = await startKubeSimulator({
      users: [
        {
          token: 'watcher-token',
          username: 'system:serviceaccount:ces:watcher',
          uid: 'u-1',
          groups: ['system:serviceaccounts'],
          rules: [
            { verbs: ['get', 'list', 'watch'], groups: ['', 'kubeovn.io'], resources: ['*'] },
            {
              verbs: ['patch'],
              groups: ['kubeovn.io'],
              resources: ['serviceegressrules/status'],
              namespaces: ['default'],
            },
          ],
        },
      ],
    });
    client = new HttpsClient(simulator);
    simulator.apply(serviceRule('r'));
  });

  afterAll(async () => {
    client.close();
    await simulator.close();
  });

  it('is refused to a token that nobody has with 401, and to nobody with 403', async () => {
    expect((await client.get(pods, { token: 'wrong' })).body).toMatchObject({ code: 401, reason: 'Unauthorized' });
    expect((await client.get(pods, { token: null })).body).toMatchObject({
      code: 403,
      reason: 'Forbidden',
      message:
        'pods is forbidden: User "system:anonymous" cannot list resource "pods" in API group "" in the namespace "default"',
    });
    for (const path of ['/readyz', '/livez', '/healthz', '/version']) {
      expect((await client.get(path, { token: null })).code).toBe(200);
    }
    expect((await client.get('/apis', { token: null })).code).toBe(403);
  });

  it('goes as far as the rules of a user', async () => {
    const token = 'watcher-token';
    expect((await client.get('/api/v1/pods', { token })).code).toBe(200);
    const patch = { status: { phase: 'Success' } };
    expect((await client.mergePatch(`${rules}/r/status`, patch, { token })).code).toBe(200);
    const refused = await client.mergePatch(`${rules}/r`, { spec: { action: 'drop' } }, { token });
    expect([refused.code, refused.body['message']]).toEqual([
      403,
      'serviceegressrules.kubeovn.io "r" is forbidden: User "system:serviceaccount:ces:watcher" cannot patch resource ' +
        '"serviceegressrules" in API group "kubeovn.io" in the namespace "default"',
    ]);
    expect((await client.get('/api/v1/namespaces/default/secrets', { token })).code).toBe(404);
    expect((await client.get('/simulator', { token })).code).toBe(401);
  });

  it('is told by token reviews', async () => {
    const review = (token: string) =>
      client.post(tokenReviews, { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token } });
    expect(await review('watcher-token')).toMatchObject({
      code: 201,
      body: {
        kind: 'TokenReview',
        status: {
          authenticated: true,
          user: {
            username: 'system:serviceaccount:ces:watcher',
            uid: 'u-1',
            groups: ['system:serviceaccounts', 'system:authenticated'],
          },
        },
      },
    });
    expect((await review('wrong')).body['status']).toEqual({ user: {}, error: 'invalid bearer token' });
  });

  it('is told by subject access reviews', async () => {
    const allowed = async (
      verb: string,
      resource: string,
      subresource = '',
      user = 'system:serviceaccount:ces:watcher',
    ) => {
      const resourceAttributes = { verb, group: 'kubeovn.io', resource, subresource, namespace: 'default' };
      const body = {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SubjectAccessReview',
        spec: { user, resourceAttributes },
      };
      return (await client.post(accessReviews, body)).body['status'];
    };
    expect(await allowed('patch', 'serviceegressrules', 'status')).toEqual({ allowed: true });
    expect(await allowed('patch', 'serviceegressrules')).toEqual({ allowed: false });
    expect(await allowed('list', 'serviceegressrules', '', 'stranger')).toEqual({ allowed: false });
    const masters = { groups: ['system:masters'], resourceAttributes: { verb: 'delete', resource: 'pods' } };
    expect((await client.post(accessReviews, { spec: masters })).body['status']).toEqual({ allowed: true });
    expect((await client.post(accessReviews, { spec: {} })).code).toBe(400);
  });
});
