import { once } from 'node:events';
import { createServer, get } from 'node:https';
import { afterEach, expect, test } from 'vitest';
import { createCertificates } from './certificates.js';

const servers: { close(): void }[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function serve(): Promise<{ port: number; authority: string }> {
  const { authority, certificate, key } = await createCertificates(['bigip.test']);
  const server = createServer({ cert: certificate, key }, (_request, response) => response.end('ok'));
  server.listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no address');
  return { port: address.port, authority };
}

async function status(port: number, options: { ca?: string; servername?: string; host?: string }): Promise<number> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, agent: false, ...options }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    }).on('error', reject);
  });
}

test.each([{ host: '127.0.0.1' }, { host: 'localhost', family: 4 }, { servername: 'bigip.test' }])(
  'a client that trusts the authority accepts the server as %o',
  async (options) => {
    const { port, authority } = await serve();
    expect(await status(port, { ca: authority, ...options })).toBe(200);
  },
);

test('promise 12: a client that does not trust the authority, or asks for another name, refuses the server', async () => {
  const { port, authority } = await serve();
  await expect(status(port, {})).rejects.toThrow(/self-signed|unable to (get|verify)/i);
  await expect(status(port, { ca: authority, servername: 'other.test' })).rejects.toThrow(/other\.test/);
});
