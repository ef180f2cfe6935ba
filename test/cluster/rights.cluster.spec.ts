import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { stringify } from 'yaml';
import { objectKinds } from '#core/kinds';
import { type HttpsClient } from './https-client.js';
import { eventually, useInstallation } from './fixture.js';
import { namespace } from './installation.js';
import { Kubectl } from './kubectl.js';
import { bank, clusterRule, externalService, podRule } from './manifests.js';
import { pathOf } from './cluster.js';

const fixture = useInstallation();

/** What somebody wants to do. `resource`: `group/plural` or `plural`, with `/subresource` after it. */
interface Wish {
  readonly verb: string;
  readonly group?: string;
  readonly resource: string;
  readonly subresource?: string;
  readonly namespace?: string;
  readonly name?: string;
}

const review = z.object({ status: z.object({ allowed: z.boolean() }) });

async function asks(client: HttpsClient, wish: Wish): Promise<boolean> {
  const { status, body } = await client.send('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectAccessReview',
    spec: { resourceAttributes: { ...wish } },
  });
  expect(status).toBe(201);
  return review.parse(body).status.allowed;
}

async function withAccount<Result>(account: string, use: (client: HttpsClient) => Promise<Result>): Promise<Result> {
  const client = fixture.server.client({ token: await fixture.ces.tokenOf(account) });
  try {
    return await use(client);
  } finally {
    client.close();
  }
}

const writes = ['create', 'update', 'patch', 'delete', 'deletecollection'];
const rules = ['clusteregressrules', 'namespaceegressrules', 'serviceegressrules', 'podegressrules'];
const group = 'kubeovn.io';

/** What nobody of CES may do, in any namespace. */
const forbidden: readonly Wish[] = [
  ...['get', 'list', 'watch', 'create', 'update', 'delete'].map((verb) => ({ verb, resource: 'secrets' })),
  ...['get', 'list', 'watch', 'update'].map((verb) => ({ verb, resource: 'configmaps' })),
  ...['exec', 'attach', 'portforward', 'ephemeralcontainers', 'eviction', 'binding', 'status'].flatMap((subresource) =>
    ['get', 'create', 'update', 'patch'].map((verb) => ({ verb, resource: 'pods', subresource })),
  ),
  { verb: 'get', resource: 'pods', subresource: 'log' },
  ...['namespaces', 'pods', 'services'].flatMap((resource) => writes.map((verb) => ({ verb, resource }))),
  ...writes.map((verb) => ({ verb, group: 'discovery.k8s.io', resource: 'endpointslices' })),
  ...[...rules, 'externalservices'].flatMap((resource) => writes.map((verb) => ({ verb, group, resource }))),
  ...rules.map((resource) => ({ verb: 'update', group, resource, subresource: 'status' })),
  { verb: 'patch', group, resource: 'externalservices', subresource: 'status' },
  ...['get', 'list', 'update', 'patch', 'delete'].map((verb) => ({ verb, group: 'events.k8s.io', resource: 'events' })),
  ...['get', 'list', 'create', 'update', 'delete'].map((verb) => ({ verb, resource: 'nodes' })),
  { verb: 'create', resource: 'serviceaccounts', subresource: 'token' },
  ...['users', 'groups', 'serviceaccounts'].map((resource) => ({ verb: 'impersonate', resource })),
  ...['roles', 'clusterroles', 'rolebindings', 'clusterrolebindings'].flatMap((resource) =>
    [...writes, 'bind', 'escalate'].map((verb) => ({ verb, group: 'rbac.authorization.k8s.io', resource })),
  ),
  ...writes.map((verb) => ({ verb, group: 'apiextensions.k8s.io', resource: 'customresourcedefinitions' })),
  ...writes.map((verb) => ({ verb, group: 'apps', resource: 'deployments' })),
];

describe('the service account of the watcher', () => {
  it.each([
    ...[
      ...['namespaces', 'pods', 'services'].map((resource) => ({ resource })),
      { group: 'discovery.k8s.io', resource: 'endpointslices' },
      ...[...rules, 'externalservices'].map((resource) => ({ group, resource })),
    ].flatMap((what) => ['list', 'watch'].map((verb) => ({ verb, ...what }))),
    ...rules.map((resource) => ({ verb: 'patch', group, resource, subresource: 'status' })),
    { verb: 'create', group: 'events.k8s.io', resource: 'events' },
  ])('may $verb $resource, subresource $subresource, everywhere', async (wish) => {
    expect(await withAccount('ces-watcher', (client) => asks(client, wish))).toBe(true);
  });

  it('may hold its own Lease in its own namespace, and no other', async () => {
    const lease = { group: 'coordination.k8s.io', resource: 'leases' };
    const answers = await withAccount('ces-watcher', async (client) => ({
      create: await asks(client, { ...lease, verb: 'create', namespace }),
      get: await asks(client, { ...lease, verb: 'get', namespace, name: 'ces-watcher' }),
      update: await asks(client, { ...lease, verb: 'update', namespace, name: 'ces-watcher' }),
      getAnother: await asks(client, { ...lease, verb: 'get', namespace, name: 'another' }),
      updateAnother: await asks(client, { ...lease, verb: 'update', namespace, name: 'another' }),
      list: await asks(client, { ...lease, verb: 'list', namespace }),
      delete: await asks(client, { ...lease, verb: 'delete', namespace, name: 'ces-watcher' }),
      elsewhere: await asks(client, { ...lease, verb: 'create', namespace: 'kube-system' }),
    }));
    expect(answers).toEqual({
      create: true,
      get: true,
      update: true,
      getAnother: false,
      updateAnother: false,
      list: false,
      delete: false,
      elsewhere: false,
    });
  });

  it('is refused where it matters, and not only in answers to questions', async () => {
    await fixture.cluster.createNamespace('shop');
    await fixture.cluster.apply(podRule('guarded', 'shop', 'web'));
    const rule = pathOf('PodEgressRule', 'shop', 'guarded');
    const jsonPatch = 'application/json-patch+json';
    const statuses = await withAccount('ces-watcher', async (client) => {
      const attempts = [
        client.send('GET', pathOf('Secret', namespace)),
        client.send('GET', pathOf('ConfigMap', namespace)),
        client.send('GET', pathOf('Pod', 'shop', 'web-1')),
        client.send('POST', `${pathOf('Pod', 'shop', 'web-1')}/exec?command=id`),
        client.send('DELETE', rule),
        client.send('PATCH', rule, [{ op: 'add', path: '/spec/priority', value: 1 }], jsonPatch),
        client.send('PUT', `${rule}/status`, { ...podRule('guarded', 'shop', 'web') }),
      ];
      return (await Promise.all(attempts)).map(({ status }) => status);
    });
    expect(statuses).toEqual(statuses.map(() => 403));
  });

  it('can change the status through the status subresource, and nothing else of the rule', async () => {
    const status = { phase: 'Success', conditions: [], observedGeneration: 1, version: 1 };
    const path = `${pathOf('PodEgressRule', 'shop', 'guarded')}/status`;
    const patch = [
      { op: 'add', path: '/status', value: status },
      { op: 'add', path: '/spec/priority', value: 7 },
      { op: 'add', path: '/metadata/labels', value: { owned: 'yes' } },
    ];
    const answer = await withAccount('ces-watcher', (client) =>
      client.send('PATCH', path, patch, 'application/json-patch+json'),
    );
    expect(answer.status).toBe(200);
    const rule = await fixture.cluster.get('PodEgressRule', 'shop', 'guarded');
    expect(rule).toMatchObject({ metadata: { generation: 1 } });
    expect(rule).not.toHaveProperty('spec.priority');
    expect(rule).not.toHaveProperty('metadata.labels');
  });
});

describe.each(['watcher', 'projector', 'worker', 'api', 'migrate'])('the service account of %s', (app) => {
  it('may not do what CES never needs, in any namespace', async () => {
    const allowed = await withAccount(`ces-${app}`, async (client) => {
      const wishes = forbidden.flatMap((wish) => [wish, { ...wish, namespace }, { ...wish, namespace: 'shop' }]);
      const answers = await Promise.all(wishes.map(async (wish) => ({ wish, allowed: await asks(client, wish) })));
      return answers.filter((answer) => answer.allowed).map(({ wish }) => wish);
    });
    expect(allowed).toEqual([]);
  });
});

describe.each(['projector', 'worker', 'api', 'migrate'])(
  'the service account of %s, which needs no API server',
  (app) => {
    it('may not even look', async () => {
      const paths = objectKinds.map((kind) => pathOf(kind));
      const answers = await withAccount(`ces-${app}`, (client) =>
        Promise.all(paths.map((path) => client.send('GET', path))),
      );
      expect(answers.map(({ status }) => status)).toEqual(paths.map(() => 403));
    });
  },
);

describe('a developer who may write rules in one namespace only', () => {
  it('writes them there, sees what becomes of them, and is refused everywhere else', async () => {
    const { cluster, ces, server } = fixture;
    await cluster.createNamespace('team');
    await ces.kubectl.run(['create', 'serviceaccount', 'developer', '-n', 'team']);
    const resources = ['externalservices', 'serviceegressrules', 'podegressrules'].map((name) => `${name}.kubeovn.io`);
    await ces.kubectl.run([
      ...['create', 'role', 'rules', '-n', 'team', `--resource=${resources.join(',')}`],
      '--verb=get,list,watch,create,update,patch,delete',
    ]);
    await ces.kubectl.run([
      'create',
      'rolebinding',
      'rules',
      '-n',
      'team',
      '--role=rules',
      '--serviceaccount=team:developer',
    ]);
    const token = (await ces.kubectl.run(['create', 'token', 'developer', '-n', 'team'])).trim();
    const developer = await Kubectl.as(server.kubeconfig({ token, namespace: 'team' }));
    try {
      const apply = (manifest: object) => developer.try(['apply', '-f', '-'], stringify(manifest));
      expect(await apply(externalService('bank', 'team', bank))).toMatchObject({ code: 0 });
      expect(await apply(podRule('web', 'team', 'web'))).toMatchObject({ code: 0 });
      await cluster.runPod('team', 'web-1', { address: '10.7.0.1' });
      await eventually(async () => {
        expect(await ces.device.allows('team', { source: '10.7.0.1', destination: bank })).toBe(true);
        expect(await developer.run(['get', 'podgr'])).toMatch(/web +accept +Success +1 +/);
      });

      const elsewhere = [
        podRule('web', 'shop', 'web'),
        clusterRule('everybody'),
        externalService('dns', 'kube-system', bank),
      ];
      for (const manifest of elsewhere) {
        const { code, errors } = await apply(manifest);
        expect([code, errors]).toEqual([1, expect.stringContaining('is forbidden')]);
      }
      const status = [
        'patch',
        'podgr',
        'web',
        '--subresource=status',
        '--type=merge',
        '-p',
        '{"status":{"phase":"Failed"}}',
      ];
      expect((await developer.try(status)).errors).toContain('is forbidden');
    } finally {
      await developer.close();
    }
  });
});
