import { ProjectionUnderTest } from '#testing/project/projection-under-test';
import { startTestApi } from '#testing/api-under-test';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningApi } from './api.js';

let projection: ProjectionUnderTest;
let api: RunningApi;

beforeAll(async () => {
  projection = await ProjectionUnderTest.create();
  await projection.list([]);
  api = await startTestApi(projection.url);
});

afterAll(async () => {
  await api.close();
  await projection.close();
});

const jsonBody = (text: string) => ({
  method: 'POST',
  body: text,
  headers: { 'content-type': 'application/json' },
});

test.each<[what: string, path: string, request: RequestInit, status: number, kind: string, says: string]>([
  ['a path that is not there', '/nothing', {}, 404, 'unknown-operation', 'GET /api/v1/nothing is not part of this API'],
  ['a method that is not there', '/resync', {}, 404, 'unknown-operation', 'GET /api/v1/resync is not part'],
  ['a path that is not one', '/%zz', {}, 400, 'invalid-request', ''],
  ['a rule that is not there', '/rules/k8s/none', {}, 404, 'not-found', '"k8s" has no rule with the uid "none"'],
  ['a version that is not there', '/declarations/bigip/shop/7', {}, 404, 'not-found', '"shop" of the device "bigip"'],
  ['an unknown filter', '/rules?colour=red', {}, 400, 'invalid-request', 'colour'],
  ['a filter twice', '/rules?kind=PodEgressRule&kind=PodEgressRule', {}, 400, 'invalid-request', '/kind'],
  ['a kind that is none', '/rules?kind=Pod', {}, 400, 'invalid-request', '"in":"query","pointer":"/kind"'],
  ['a name that no database takes', '/rules?name=a%00b', {}, 400, 'invalid-request', 'control characters'],
  ['a page of nothing', '/rules?limit=0', {}, 400, 'invalid-request', '/limit'],
  ['a page too large', '/rules?limit=1001', {}, 400, 'invalid-request', '/limit'],
  ['a cursor that is none', '/rules?after=x', {}, 400, 'invalid-request', 'cursor'],
  ['a cursor of another list', '/declarations?after=WyJub25lIl0', {}, 400, 'invalid-request', 'cursor'],
  ['a version that is none', '/declarations/bigip/shop/latest', {}, 400, 'invalid-request', '"in":"path"'],
  ['a version beyond all', '/declarations/bigip/shop/99999999999', {}, 400, 'invalid-request', '/version'],
  ['no body', '/resync', { method: 'POST' }, 400, 'invalid-request', '"in":"body","pointer":""'],
  ['half a body', '/resync', jsonBody('{"tenants":'), 400, 'invalid-request', 'JSON'],
  ['a body with a stranger', '/resync', jsonBody('{"tenants":"all","force":true}'), 400, 'invalid-request', 'force'],
  ['a body of no tenants', '/resync', jsonBody('{"tenants":[]}'), 400, 'invalid-request', '/tenants'],
  ['a body of poison', '/resync', jsonBody('{"__proto__":{"tenants":"all"}}'), 400, 'invalid-request', ''],
  ['a body of 100 kB', '/resync', jsonBody(JSON.stringify({ tenants: ['x'.repeat(100_000)] })), 413, 'too-large', ''],
  ['a body of text', '/resync', { method: 'POST', body: 'all' }, 415, 'unsupported-media-type', ''],
  [
    'a form',
    '/resync',
    { method: 'POST', body: new URLSearchParams({ tenants: 'all' }) },
    415,
    'unsupported-media-type',
    '',
  ],
  ['a rollback to nowhere', '/rollback?tenant=shop', {}, 400, 'invalid-request', 'either a version or a time'],
  [
    'a rollback without a reason',
    '/rollback',
    jsonBody('{"tenant":"shop","version":1}'),
    400,
    'invalid-request',
    '/reason',
  ],
  ['a rollback of a stranger', '/rollback?tenant=x&version=1', {}, 404, 'not-found', 'no tenant "x"'],
  ['an unknown tenant', '/resync', jsonBody('{"tenants":["nowhere"]}'), 404, 'not-found', 'no tenant "nowhere"'],
  ['a device without any', '/resync', jsonBody('{"tenants":"all","device":"x"}'), 404, 'not-found', 'no tenants yet'],
])('%s is a problem', async (_, path, request, status, kind, says) => {
  const response = await fetch(`${api.url}/api/v1${path}`, request);
  const text = await response.text();
  expect([response.status, response.headers.get('content-type')]).toEqual([
    status,
    expect.stringMatching(/^application\/problem\+json/),
  ]);
  const problem: unknown = JSON.parse(text);
  expect(problem).toMatchObject({
    type: `urn:ces:problem:${kind}`,
    title: expect.any(String),
    status,
    detail: expect.stringMatching(/^[A-Z].*\.$/),
  });
  expect(text.replaceAll('\\"', '"')).toContain(says);
  expect(text).not.toMatch(/node_modules|\.js:\d|\.ts:\d/);
});

test('the answers say themselves how they are to be treated', async () => {
  const { headers } = await fetch(`${api.url}/api/v1/nothing`);
  expect(Object.fromEntries(headers)).toMatchObject({
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none';frame-ancestors 'none'",
    'cross-origin-resource-policy': 'same-origin',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
  });
});
