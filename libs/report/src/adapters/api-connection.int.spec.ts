import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { afterEach, expect, test } from 'vitest';
import { operations } from '../api/operations.js';
import { problemDetails } from '../domain/problem-details.js';
import { ApiConnection, ApiNotUnderstood, ApiProblem, ApiUnreachable } from './api-connection.js';
import { HttpQueries } from './http-queries.js';

let server: Server | undefined;

afterEach(async () => {
  if (server === undefined) return;
  server.closeAllConnections();
  await once(server.close(), 'close');
  server = undefined;
});

/** A connection to a server that answers like this. */
async function connectTo(listener: RequestListener, timeout?: number): Promise<ApiConnection> {
  server = createServer(listener);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  return new ApiConnection({ url, userAgent: 'ces/test', ...(timeout === undefined ? {} : { timeout }) });
}

test('names and filters are written into the address as what they are', async () => {
  const asked: unknown[] = [];
  const api = await connectTo(({ method, url, headers }, response) => {
    asked.push([method, url, headers['user-agent']]);
    response.writeHead(404).end(JSON.stringify(problemDetails('not-found', 'None.')));
  });
  const queries = new HttpQueries(api);
  expect(await queries.rule('k8s', 'a/b?c#d')).toBeNull();
  expect(await queries.declaration('bigip', 'shop', 3)).toBeNull();
  await expect(queries.rules({ name: 'a&b=c' }, { limit: 5 })).rejects.toThrow(ApiProblem);
  expect(asked).toEqual([
    ['GET', '/api/v1/rules/k8s/a%2Fb%3Fc%23d', 'ces/test'],
    ['GET', '/api/v1/declarations/bigip/shop/3', 'ces/test'],
    ['GET', '/api/v1/rules?name=a%26b%3Dc&limit=5', 'ces/test'],
  ]);
});

test('an API that does not know the question is not taken for one that has no answer', async () => {
  const api = await connectTo((_, response) => {
    response.writeHead(404).end(JSON.stringify(problemDetails('unknown-operation', 'Not part of this API.')));
  });
  await expect(new HttpQueries(api).rule('k8s', 'x')).rejects.toThrow('Not part of this API.');
});

test('a problem is told with the parts of the request that are wrong', async () => {
  const wrong = [{ in: 'body', pointer: '/tenants', detail: 'Too small' } as const];
  const api = await connectTo((_, response) => {
    response.writeHead(400).end(JSON.stringify(problemDetails('invalid-request', 'It is not valid.', wrong)));
  });
  await expect(api.call(operations.resync, { body: { tenants: [] } })).rejects.toThrow(
    'It is not valid. body/tenants: Too small.',
  );
});

test('silence, a broken connection and a redirect are no answers', async () => {
  const silent = await connectTo(() => undefined, 50);
  await expect(silent.call(operations.clusters)).rejects.toThrow(
    /^The API at .* cannot be reached: no answer within 0.05 s$/,
  );
  server?.closeAllConnections();
  server?.close();
  const broken = await connectTo((request) => request.socket.destroy());
  await expect(broken.call(operations.clusters)).rejects.toThrow(ApiUnreachable);
  server?.closeAllConnections();
  server?.close();
  const elsewhere = await connectTo((_, response) =>
    response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
  );
  await expect(elsewhere.call(operations.clusters)).rejects.toThrow(ApiUnreachable);
});

test('times arrive as times, and what an answer has more is dropped', async () => {
  const tenant = {
    device: 'bigip',
    tenant: 'shop',
    wanted: 1,
    applied: 1,
    resync: false,
    version: null,
    rules: 0,
    open: false,
    drift: null,
    pin: null,
    colour: 'red',
    lastOutcome: { outcome: 'applied', reason: null, message: null, at: '2026-01-01T00:00:00.000Z' },
  };
  const api = await connectTo((_, response) => response.end(JSON.stringify({ entries: [tenant] })));
  const [read] = await new HttpQueries(api).tenants();
  expect(read?.lastOutcome?.at).toEqual(new Date('2026-01-01T00:00:00Z'));
  expect(read).not.toHaveProperty('colour');
});

test('an answer in another form is said to be one', async () => {
  const api = await connectTo((_, response) => response.end(JSON.stringify({ entries: [{ cluster: 'k8s' }] })));
  await expect(api.call(operations.clusters)).rejects.toThrow(ApiNotUnderstood);
});
