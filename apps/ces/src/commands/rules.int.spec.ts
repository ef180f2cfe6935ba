import { startTestApi } from '#testing/api-under-test';
import { declareTenant } from '#testing/project/declared';
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
import { type RunningApi } from '#apps/api/src/api';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ces } from '../testing/recorded-run.spec.js';

let projection: ProjectionUnderTest;
let api: RunningApi;

beforeAll(async () => {
  projection = await ProjectionUnderTest.create();
  const pods = ['10.1.0.1', '10.1.0.2'].map((address, index) => pod(`web-${index}`, { addresses: [address] }));
  await projection.list([
    ...pods,
    service('web'),
    endpoints('web', pods),
    namespace('shop', { cidr: '10.1.0.0/16' }),
    externalService('payments'),
    externalService('mirrors', { addresses: ['mirrors.example.com', '203.0.113.0/24'], ports: [] }),
    externalService('metadata', { addresses: ['169.254.169.254'] }, { namespace: 'kube-system' }),
    serviceRule('to-payments', { logging: true, priority: 5 }),
    podRule('to-nowhere', { externalServices: ['missing'] }),
    namespaceRule('to-mirrors', { externalServices: ['mirrors'] }),
    clusterRule('no-metadata', { action: 'drop', externalServices: ['metadata'] }),
  ]);
  await declareTenant(projection);
  await projection.list([podRule('to-payments')], configurationText({ clusterName: 'edge' }), 'edge');
  api = await startTestApi(projection.url);
});

afterAll(async () => {
  await api.close();
  await projection.close();
});

const rules = (...parameters: readonly string[]) => ces('rules', '--api-url', api.url, ...parameters);

test('all of them', async () => {
  expect(await rules()).toMatchInlineSnapshot(`
    {
      "code": 0,
      "err": "",
      "out": "CLUSTER   NAMESPACE   NAME          KIND                  ACTION              ADDRESSES   TENANT   PHASE     REASON
    edge      shop        to-payments   PodEgressRule         accept              0           Common   Failed    UnknownExternalService
    k8s       -           no-metadata   ClusterEgressRule     drop                everyone    Common   Success
    k8s       shop        to-mirrors    NamespaceEgressRule   accept-decisively   1           Common   Success
    k8s       shop        to-nowhere    PodEgressRule         accept              2           Common   Failed    UnknownExternalService
    k8s       shop        to-payments   ServiceEgressRule     accept              2           Common   Success",
    }
  `);
});

test.each([
  [
    ['--cluster', 'k8s', '--namespace', 'shop'],
    ['to-mirrors', 'to-nowhere', 'to-payments'],
  ],
  [['--kind', 'svcgr'], ['to-payments']],
  [['--kind', 'clusteregressrule'], ['no-metadata']],
  [['--phase', 'failed', '--cluster', 'k8s'], ['to-nowhere']],
  [['--tenant', 'Common', '--kind', 'nsgr'], ['to-mirrors']],
  [['--tenant', 'none'], []],
])('some of them: %j', async (filter, names) => {
  const { code, out } = await rules(...filter, '--output', 'json');
  expect(code).toBe(0);
  expect((JSON.parse(out) as { name: string }[]).map(({ name }) => name)).toEqual(names);
});

test('one of them, by its name', async () => {
  expect(await rules('to-payments', '--kind', 'svcgr')).toMatchInlineSnapshot(`
    {
      "code": 0,
      "err": "",
      "out": "ServiceEgressRule shop/to-payments: Success
      Cluster      k8s
      Uid          ServiceEgressRule/shop/to-payments
      Tenant       Common, version 1
      Action       accept, logged, priority 5
      From         service shop/web
      To           payments: 198.51.100.7; tcp 443
      Accepted     True (Accepted): The rule is understood.
      Programmed   True (Programmed): The device holds version 1.

    ADDRESS    NAMESPACE   POD     SINCE                  ON THE DEVICE
    10.1.0.1   shop        web-0   2026-03-01 12:00:00Z   yes
    10.1.0.2   shop        web-1   2026-03-01 12:00:00Z   yes",
    }
  `);
});

test('one of a whole namespace, one for everyone, and one that is wrong', async () => {
  expect((await rules('to-mirrors')).out).toMatchInlineSnapshot(`
    "NamespaceEgressRule shop/to-mirrors: Success
      Cluster      k8s
      Uid          NamespaceEgressRule/shop/to-mirrors
      Tenant       Common, version 1
      Action       accept-decisively, priority 1000
      From         namespace shop
      To           mirrors: 203.0.113.0/24, mirrors.example.com; any
      Accepted     True (Accepted): The rule is understood.
      Programmed   True (Programmed): The device holds version 1.

    ADDRESS       NAMESPACE   POD   SINCE                  ON THE DEVICE
    10.1.0.0/16   shop        -     2026-03-01 12:00:00Z   yes"
  `);
  expect((await rules('no-metadata')).out).toMatchInlineSnapshot(`
    "ClusterEgressRule no-metadata: Success
      Cluster      k8s
      Uid          ClusterEgressRule//no-metadata
      Tenant       Common, version 1
      Action       drop, priority 1000
      From         everyone
      To           metadata: 169.254.169.254; tcp 443
      Accepted     True (Accepted): The rule is understood.
      Programmed   True (Programmed): The device holds version 1.

    It applies to every source."
  `);
  expect((await rules('to-nowhere')).out).toMatchInlineSnapshot(`
    "PodEgressRule shop/to-nowhere: Failed
      Cluster      k8s
      Uid          PodEgressRule/shop/to-nowhere
      Tenant       Common, version 1
      Action       accept, priority 1000
      From         pods of shop with app=web
      Accepted     False (UnknownExternalService)
      Programmed   False (LeftOut): Nothing of this rule is declared as it stands; see the condition Accepted.
      Problem      UnknownExternalService: The external service "missing" does not exist in the namespace "shop"; create it or correct spec.externalServices.

    ADDRESS    NAMESPACE   POD     SINCE                  ON THE DEVICE
    10.1.0.1   shop        web-0   2026-03-01 12:00:00Z   not yet
    10.1.0.2   shop        web-1   2026-03-01 12:00:00Z   not yet"
  `);
});

test('one of them, by its uid, as JSON', async () => {
  const { out } = await rules('PodEgressRule/shop/to-nowhere', '-o', 'json');
  expect(JSON.parse(out)).toMatchObject({ name: 'to-nowhere', problems: [{ reason: 'UnknownExternalService' }] });
});

test('a name that several bear, and one that none bears', async () => {
  expect(await rules('to-payments')).toMatchInlineSnapshot(`
    {
      "code": 2,
      "err": "2 rules bear the name "to-payments":
      PodEgressRule shop/to-payments of edge: PodEgressRule/shop/to-payments
      ServiceEgressRule shop/to-payments of k8s: ServiceEgressRule/shop/to-payments
    Add --namespace, --kind or --cluster, or name one by its uid.",
      "out": "",
    }
  `);
  expect(await rules('nobody')).toEqual({
    code: 1,
    out: '',
    err: 'There is no rule "nobody"; `ces rules` lists all.',
  });
});
