import { ProjectionUnderTest } from '#testing/project/projection-under-test';
import { startTestApi } from '#testing/api-under-test';
import { request, type RequestOptions } from 'node:http';
import { text } from 'node:stream/consumers';
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

/** Unlike fetch, this can lie about the host, and come from another address of this machine. */
async function ask(path: string, options: RequestOptions = {}): Promise<[status: number | undefined, body: string]> {
  return new Promise((resolve, reject) => {
    const asked = request(`${api.url}${path}`, options, (response) => {
      text(response).then((body) => {
        resolve([response.statusCode, body]);
      }, reject);
    });
    asked.on('error', reject).end();
  });
}

test.each(['127.0.0.1', 'localhost', 'LOCALHOST:8080', '[::1]:8080'])(
  'a caller on this machine, by %s',
  async (host) => {
    expect(await ask('/api/v1/clusters', { headers: { host } })).toEqual([200, expect.any(String)]);
  },
);

test.each<[string, RequestOptions]>([
  ['a web page whose name points here', { headers: { host: 'rebound.example:8080' } }],
  ['a name that only begins like ours', { headers: { host: 'localhost.example' } }],
  ['the sidecar of a service mesh', { localAddress: '127.0.0.6' }],
  ['a proxy on this machine', { headers: { 'x-forwarded-for': '203.0.113.9' } }],
  ['a proxy that keeps to the standard', { headers: { forwarded: 'for=203.0.113.9' } }],
])('%s is not let in', async (_, options) => {
  const [status, body] = await ask('/api/v1/clusters', options);
  expect([status, body]).toEqual([403, expect.stringContaining('kubectl port-forward')]);
  expect(await ask('/api/v1/openapi.json', options)).toEqual([403, expect.any(String)]);
  const [commanded] = await ask('/api/v1/resync', { ...options, method: 'POST' });
  expect(commanded).toBe(403);
});

test('probes and Prometheus are let in from everywhere', async () => {
  const options = { localAddress: '127.0.0.6', headers: { host: '10.2.3.4:8080' } };
  expect(await ask('/healthz', options)).toEqual([200, '{"status":"ok"}']);
  expect(await ask('/readyz', options)).toEqual([200, expect.stringContaining('"name":"database","state":"ready"')]);
  await ask('/api/v1/clusters');
  const [status, metrics] = await ask('/metrics', options);
  expect(status).toBe(200);
  expect(metrics).toContain('ces_api_requests_total{method="GET",route="/api/v1/clusters",status="200",app="api"}');
  expect(metrics).toContain('ces_api_request_seconds_bucket');
});

test('a web page of another site cannot command, though the browser runs on this machine', async () => {
  const headers = { 'sec-fetch-site': 'cross-site', 'content-type': 'application/json' };
  const response = await fetch(`${api.url}/api/v1/resync`, { method: 'POST', headers, body: '{"tenants":"all"}' });
  expect([response.status, await response.json()]).toEqual([
    403,
    expect.objectContaining({ type: 'urn:ces:problem:forbidden' }),
  ]);
});
