import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { ces } from './testing/recorded-run.spec.js';
import { version } from './version.js';

/** Runs `ces status` against a server that gives one answer to everything. */
async function against(status: number, type: string, body: string) {
  const server = createServer((_, response) => response.writeHead(status, { 'content-type': type }).end(body));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const run = await ces('status', '--api-url', `http://127.0.0.1:${port}/`);
  server.closeAllConnections();
  await once(server.close(), 'close');
  return { ...run, err: run.err.replaceAll(String(port), 'PORT') };
}

test('an API that does not answer: which one, and how to reach it', async () => {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  await once(server.close(), 'close');
  const { code, out, err } = await ces('tenants', '--api-url', `http://127.0.0.1:${port}`);
  expect({ code, out, err: err.replaceAll(String(port), 'PORT') }).toMatchInlineSnapshot(`
    {
      "code": 3,
      "err": "The API at http://127.0.0.1:PORT cannot be reached: connect ECONNREFUSED 127.0.0.1:PORT
    The API answers on loopback only. In a cluster, make it reachable with
      kubectl --namespace ces-system port-forward deployment/ces-api 8080
    and name another address with --api-url or CES_API_URL.",
      "out": "",
    }
  `);
});

test('something else that answers in its place', async () => {
  expect(await against(200, 'text/html', '<html>')).toMatchInlineSnapshot(`
    {
      "code": 2,
      "err": "The answer of http://127.0.0.1:PORT/api/v1/clusters is not one of this version's API: it is not JSON",
      "out": "",
    }
  `);
  expect(await against(502, 'text/html', '<html>')).toMatchObject({ code: 2 });
  expect(await against(200, 'application/json', '{"entries":[{"cluster":7}]}')).toMatchInlineSnapshot(`
    {
      "code": 2,
      "err": "The answer of http://127.0.0.1:PORT/api/v1/clusters is not one of this version's API: entries.0.cluster: Invalid input: expected string, received number",
      "out": "",
    }
  `);
});

test.each([
  [503, 'The database does not answer now; try again later.', 3],
  [500, 'The request failed; the log of the API says why.', 3],
  [403, 'The API answers on loopback only.', 3],
  [404, 'GET /api/v1/clusters is not part of this API.', 2],
  [400, 'Some of the request is not valid.', 2],
])('a problem with status %i is told as it is', async (status, detail, code) => {
  const problem = { type: 'urn:ces:problem:any', title: 'A title', status, detail };
  expect(await against(status, 'application/problem+json', JSON.stringify(problem))).toEqual({
    code,
    out: '',
    err: detail,
  });
});

test.each([
  [['--api-url', 'ftp://example.com'], '--api-url is not an address of the right kind'],
  [['--api-url', 'http://me:hunter2@example.com'], '--api-url holds a user or a password'],
  [['--colour'], 'Try ces status --help.'],
  [['--output', 'yaml'], "argument 'yaml' is invalid"],
  [['--colour'], "unknown option '--colour'"],
  [['now'], 'too many arguments'],
])('ces status %j is a mistake of the caller', async (parameters, says) => {
  expect(await ces('status', ...parameters)).toEqual({ code: 2, out: '', err: expect.stringContaining(says) });
});

test.each([
  [['rules', '--kind', 'Pod'], 'Kinds are ClusterEgressRule'],
  [['rules', '--phase', 'green'], 'Phases are Syncing'],
  [['declarations', 'shop', 'latest'], 'whole number'],
  [['grants', '10.1.2.3', '--at', '2026-02-30'], 'A time is written like'],
  [['grants', '10.1.2.3', '--at', '2026-02-30T12:00:00Z'], 'A time is written like'],
  [['events', '--follow', '--after', '-1'], 'whole number from 0 on'],
  [['grants', '10.1.2.3', '--at', '9999-01-01'], 'yet to come'],
  [['audit', '--since', '2026-03-02', '--until', '2026-03-01'], '--since is later than --until'],
  [['audit', '--kind', 'Pod'], 'ExternalService, Namespace, Configuration, Tenant'],
  [['events', '--kind', 'constructor'], 'Kinds are Namespace, Pod'],
  [['rollback', 'shop', '--to', '1', '--reason', ' '], 'Say why with --reason'],
  [['takeover', 'approve'], 'Try ces takeover approve --help.'],
  [['destroy'], "unknown command 'destroy'"],
])('ces %j is a mistake of the caller too', async (parameters, says) => {
  expect(await ces(...parameters)).toEqual({ code: 2, out: '', err: expect.stringContaining(says) });
});

test('help and version are no mistakes', async () => {
  expect(await ces('--version')).toEqual({ code: 0, out: version, err: '' });
  const { code, out, err } = await ces('--help');
  expect([code, err]).toEqual([0, '']);
  for (const name of ['init', 'compile', 'status', 'resync']) expect(out).toContain(`  ${name} `);
});

test('help says what has to be given, and no defaults that are nothing', async () => {
  const { out } = await ces('compile', '--help');
  const words = out.replaceAll(/\s+/g, ' ');
  expect(words).toContain('--config <file> ces-conf.yaml (required)');
  expect(words).toContain('may be given again --ces-namespace');
  expect(words).toContain('anything was left out -h');
  expect(words).toContain('(default: "kube-system")');
});

test("the version is the package's", async () => {
  const text = await readFile(new URL('../../../package.json', import.meta.url), 'utf8');
  expect(JSON.parse(text)).toMatchObject({ version });
});
