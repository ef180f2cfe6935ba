import { createTestDatabase, type TestDatabase } from '#testing/test-database';
import { startTestApi } from '#testing/api-under-test';
import { startTcpProxy } from '#testing/tcp-proxy';
import { createLogger } from '#platform/logger';
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase({ migrated: true });
});

afterAll(() => database.drop());

test('a database that is not migrated is named, with the remedy', async () => {
  const empty = await createTestDatabase();
  await expect(startTestApi(empty.url)).rejects.toThrow(/not migrated.*npm run migrate/);
  await empty.drop();
});

test('a ces-conf.yaml that is not valid is named, with key and line', async () => {
  const configuration = 'clusterName: k8s\nlayout: sideways\ntenant: [{name: Common}]\n';
  await expect(startTestApi(database.url, { configuration })).rejects.toThrow(
    /^CES_CONFIG names .*ces-conf.yaml is not valid: line 2: layout must be one of/,
  );
});

test('without the database the API says that it cannot answer, and answers again when it is back', async () => {
  const proxy = await startTcpProxy(database.url);
  const api = await startTestApi(proxy.url);
  const ask = async (path: string): Promise<{ status: number; body: unknown }> => {
    const response = await fetch(`${api.url}${path}`);
    return { status: response.status, body: await response.json() };
  };
  expect(await ask('/api/v1/clusters')).toEqual({ status: 200, body: { entries: [] } });
  await proxy.cut();
  expect(await ask('/api/v1/clusters')).toMatchObject({
    status: 503,
    body: { type: 'urn:ces:problem:unavailable', detail: expect.not.stringContaining('ECONN') },
  });
  expect(await ask('/readyz')).toMatchObject({ status: 503, body: { ready: false } });
  expect(await ask('/healthz')).toMatchObject({ status: 200 });
  await proxy.restore();
  expect(await ask('/api/v1/clusters')).toMatchObject({ status: 200 });
  expect(await ask('/readyz')).toMatchObject({ status: 200 });
  await api.close();
  await proxy.close();
});

test('a database that says nothing any more ends in a problem, and not in silence', async () => {
  const proxy = await startTcpProxy(database.url);
  const api = await startTestApi(proxy.url, { answerTimeout: 300 });
  proxy.freeze();
  const response = await fetch(`${api.url}/api/v1/clusters`);
  expect([response.status, await response.json()]).toEqual([
    503,
    expect.objectContaining({ type: 'urn:ces:problem:unavailable' }),
  ]);
  await proxy.restore();
  expect(await (await fetch(`${api.url}/api/v1/clusters`)).json()).toEqual({ entries: [] });
  await api.close();
  await proxy.close();
});

test('an API stops also when somebody holds a connection and asks nothing', async () => {
  const api = await startTestApi(database.url);
  const { port } = new URL(api.url);
  const silent = connect(Number(port), '127.0.0.1');
  await once(silent, 'connect');
  const closed = once(silent, 'close');
  await api.close();
  await closed;
}, 10_000);

test('promise 12: the password of the database stands in no answer and in no line of the log', async () => {
  const proxy = await startTcpProxy(database.url);
  const url = new URL(proxy.url);
  // A server that asks for none takes any.
  if (url.password === '') url.password = 'hunter2-and-more';
  let log = '';
  const logger = createLogger({ app: 'api', level: 'debug', destination: { write: (line) => (log += line) } });
  const api = await startTestApi(url.href, { logger });
  await proxy.cut();
  const answers = await Promise.all(
    ['/api/v1/clusters', '/readyz', '/metrics'].map(async (path) => (await fetch(`${api.url}${path}`)).text()),
  );
  expect(log).toContain('a request failed');
  expect([...answers, log].join('\n')).not.toContain(decodeURIComponent(url.password));
  await api.close();
  await proxy.close();
});
