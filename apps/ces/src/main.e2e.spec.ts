import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { tenantSummary } from './testing/summaries.spec.js';

function start(parameters: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  return spawn(process.execPath, ['dist/apps/ces/src/main.js', ...parameters], {
    env: { PATH: process.env['PATH'], ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

test('the API that CES_API_URL names is asked; one that is not there ends it with 3', async () => {
  const ces = start(['status'], { CES_API_URL: 'http://127.0.0.1:9' });
  const [out, err, [code]] = await Promise.all([text(ces.stdout), text(ces.stderr), once(ces, 'close')]);
  expect([code, out, err]).toEqual([
    3,
    '',
    expect.stringMatching(/^The API at http:\/\/127.0.0.1:9 cannot be reached/),
  ]);
});

test('whoever reads only the beginning of a long answer is not told of a broken pipe', async () => {
  const entries = Array.from({ length: 5_000 }, (_, index) => tenantSummary({ tenant: `tenant-${index}` }));
  const server = createServer((_, response) => response.end(JSON.stringify({ entries })));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const ces = start(['tenants', '--api-url', `http://127.0.0.1:${port}`]);
  ces.stdout.once('data', () => ces.stdout.destroy());
  const [err, [code]] = await Promise.all([text(ces.stderr), once(ces, 'close')]);
  expect([code, err]).toEqual([0, '']);
  server.closeAllConnections();
  server.close();
});
