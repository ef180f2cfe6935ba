import { declareTenant, reportTenant } from '#testing/project/declared';
import {
  clusterRule,
  configurationText,
  endpoints,
  externalService,
  pod,
  podRule,
  service,
  serviceRule,
} from '#testing/project/objects';
import { ProjectionUnderTest } from '#testing/project/projection-under-test';
import { startTestApi } from '#testing/api-under-test';
import { ApiConnection } from '#report/adapters/api-connection';
import { HttpHistory } from '#report/adapters/http-history';
import { HttpQueries } from '#report/adapters/http-queries';
import { type HistoryQueries } from '#project/ports/history';
import { type Page, type ProjectionQueries } from '#project/ports/queries';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningApi } from './api.js';
import { openApiDocument } from './openapi.js';

/** The API on a database, beside the projections that it tells of. */
let projection: ProjectionUnderTest;
let api: RunningApi;
let remote: ProjectionQueries;
let past: HistoryQueries;
const document = new Ajv2020({ strict: false, validateFormats: false }).addSchema(openApiDocument(), 'openapi');

beforeAll(async () => {
  projection = await ProjectionUnderTest.create();
  const pods = ['10.1.0.1', '10.1.0.2'].map((address, index) => pod(`web-${index}`, { addresses: [address] }));
  await projection.list([
    ...pods,
    service('web'),
    endpoints('web', pods),
    externalService('payments'),
    serviceRule('to-payments'),
    serviceRule('to-nowhere', { externalServices: ['missing'] }),
    ...['a', 'b', 'c', 'd', 'e'].map((name) => podRule(`pods-${name}`)),
    clusterRule('everyone', { externalServices: ['metadata'] }),
    externalService('metadata', {}, { namespace: 'kube-system' }),
  ]);
  await declareTenant(projection);
  await reportTenant(projection, { state: 'waiting', reason: 'Waiting', message: 'The BIG-IP cannot be reached.' });
  await projection.list([podRule('elsewhere')], configurationText({ clusterName: 'other' }), 'other');
  api = await startTestApi(projection.url);
  const connection = new ApiConnection({ url: api.url, userAgent: 'test' });
  remote = new HttpQueries(connection);
  past = new HttpHistory(connection);
});

afterAll(async () => {
  await api.close();
  await projection.close();
});

test('clusters, tenants and declarations are told as the projections hold them', async () => {
  const { queries } = projection;
  expect(await remote.clusters()).toEqual(await queries.clusters());
  expect(await remote.tenants()).toEqual(await queries.tenants());
  expect(await remote.tenants('bigip')).toHaveLength(1);
  expect(await remote.tenants('another')).toEqual([]);
  const page = await remote.declarations({ tenant: 'Common' }, { limit: 10 });
  expect(page).toEqual(await queries.declarations({}, { limit: 10 }));
  expect(page.entries).toHaveLength(1);
  const declaration = await remote.declaration('bigip', 'Common', 1);
  expect(declaration?.content?.declaration['class']).toBe('Tenant');
  expect(declaration).toEqual(await queries.declaration('bigip', 'Common', 1));
});

test('a rule is told with its addresses and its problems', async () => {
  const { entries } = await remote.rules({ name: 'to-payments' }, { limit: 10 });
  const [found] = entries;
  const rule = await remote.rule(found?.cluster ?? '', found?.uid ?? '');
  expect(rule?.grants.map(({ prefix, pod, held }) => [prefix, pod?.name, held])).toEqual([
    ['10.1.0.1', 'web-0', true],
    ['10.1.0.2', 'web-1', true],
  ]);
  expect(rule).toEqual(await projection.queries.rule('k8s', found?.uid ?? ''));
  const wrong = await remote.rule('k8s', 'ServiceEgressRule/shop/to-nowhere');
  expect(wrong?.problems.map(({ reason }) => reason)).toEqual(['UnknownExternalService']);
});

test.each([
  [{ kind: 'PodEgressRule', cluster: 'k8s' }, ['pods-a', 'pods-b', 'pods-c', 'pods-d', 'pods-e']],
  [{ namespace: 'shop', name: 'pods-b' }, ['pods-b']],
  [{ kind: 'ClusterEgressRule' }, ['everyone']],
  [{ cluster: 'k8s', phase: 'Failed' }, ['to-nowhere']],
  [{ tenant: 'Common', cluster: 'other' }, ['elsewhere']],
] as const)('rules can be asked for by %j', async (filter, names) => {
  const { entries } = await remote.rules(filter, { limit: 100 });
  expect(entries.map(({ name }) => name)).toEqual(names);
});

test('pages follow each other, and each rule stands on one of them', async () => {
  const all = await remote.rules({}, { limit: 1_000 });
  expect(all).toMatchObject({ next: null });
  expect(all.entries).toHaveLength(9);
  const paged: unknown[] = [];
  let page: Page<unknown> = await remote.rules({}, { limit: 2 });
  for (paged.push(...page.entries); page.next !== null; paged.push(...page.entries)) {
    expect(page.entries).toHaveLength(2);
    page = await remote.rules({}, { limit: 2, after: page.next });
  }
  expect(paged).toEqual(all.entries);
});

test('the history of an address, and the audit, are told as the projections hold them', async () => {
  const { history } = projection;
  const at = projection.clock.now();
  const answer = await past.grants({ address: '10.1.0.1', at });
  expect(answer.grants.map(({ rule, heldThen }) => [rule.name, heldThen])).toContainEqual(['to-payments', 'yes']);
  expect(answer.everyone).toMatchObject([{ rule: { name: 'everyone' } }]);
  expect(answer).toEqual(await history.grants({ address: '10.1.0.1', at }));
  expect((await past.grants({ address: '10.1.0.1', cluster: 'other' })).grants).toEqual([]);
  const filter = { kind: 'PodEgressRule', cluster: 'k8s', since: at, until: at, actor: 'kubectl' };
  const page = await past.audit(filter, { limit: 2 });
  expect(page).toEqual(await history.audit(filter, { limit: 2 }));
  expect(page.entries).toHaveLength(2);
  const position = page.entries[0]?.position ?? 0;
  expect(await past.auditEntry(position)).toEqual(await history.auditEntry(position));
  expect(await past.auditEntry(9_999)).toBeNull();
});

test.each([
  ['/clusters', 'ClusterList'],
  ['/rules', 'RulePage'],
  ['/rules/k8s/ServiceEgressRule%2Fshop%2Fto-payments', 'RuleDetail'],
  ['/rules/k8s/ServiceEgressRule%2Fshop%2Fto-nowhere', 'RuleDetail'],
  ['/rules/k8s/ClusterEgressRule%2F%2Feveryone', 'RuleDetail'],
  ['/tenants', 'TenantList'],
  ['/declarations', 'DeclarationPage'],
  ['/declarations/bigip/Common/1', 'DeclarationDetail'],
  ['/grants?address=10.1.0.1', 'AddressHistory'],
  ['/grants?address=192.0.2.1', 'AddressHistory'],
  ['/audit', 'AuditPage'],
  ['/audit/1', 'AuditDetail'],
  ['/grants', 'Problem'],
  ['/grants?address=10.1.0.0/24', 'Problem'],
  ['/grants?address=10.1.0.1&at=yesterday', 'Problem'],
  ['/audit?since=2026-03-01', 'Problem'],
  ['/audit?after=nonsense', 'Problem'],
  ['/audit/9999', 'Problem'],
  ['/audit/0', 'Problem'],
  ['/rules/k8s/none', 'Problem'],
  ['/rules?limit=0', 'Problem'],
])('GET %s answers what the OpenAPI document says: %s', async (path, schema) => {
  const answer: unknown = await (await fetch(`${api.url}/api/v1${path}`)).json();
  const isValid = document.getSchema(`openapi#/components/schemas/${schema}`);
  expect(isValid?.(answer), JSON.stringify(isValid?.errors)).toBe(true);
});
