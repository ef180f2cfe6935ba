import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitFor } from '#testing/wait-for';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Script, type ScriptedApiServer, startScriptedApiServer } from '#testing/watch/scripted-api-server';
import { type WatchEvent } from '../domain/watch-event.js';
import { KubernetesClient } from './kubernetes-client.js';
import { KubernetesError, NoAnswerError } from './kubernetes-error.js';

const never = new AbortController().signal;
const pods = { path: '/api/v1/pods' };
const cleanUp: (() => unknown)[] = [];

const scripted = async (script: Script): Promise<ScriptedApiServer> => {
  const server = await startScriptedApiServer(script);
  cleanUp.push(() => server.close());
  return server;
};
const clientOf = (...parameters: ConstructorParameters<typeof KubernetesClient>): KubernetesClient => {
  const client = new KubernetesClient(...parameters);
  cleanUp.push(() => {
    client.close();
  });
  return client;
};
const json: Script = (request, response) => {
  response.setHeader('content-type', 'application/json').end(JSON.stringify({ path: request.url ?? '' }));
};
const failureOf = async (promise: Promise<unknown>): Promise<unknown> => promise.catch((error: unknown) => error);

afterEach(async () => {
  for (const step of cleanUp.splice(0).reverse()) await step();
});

describe('KubernetesClient', () => {
  it('uses one connection for many requests, one after the other', async () => {
    const server = await scripted(json);
    const client = clientOf(server.config());
    for (let number = 0; number < 20; number += 1) {
      expect(await client.get({ ...pods, query: { limit: '500' } }, never)).toEqual({ path: '/api/v1/pods?limit=500' });
    }
    expect(server.connections()).toBe(1);
  });

  it('promise 12: does not speak to a server whose certificate is not trusted', async () => {
    const script = vi.fn(json);
    const server = await scripted(script);
    expect(await failureOf(clientOf(server.distrustingConfig()).get(pods, never))).toMatchObject({
      code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    });
    expect(script).not.toHaveBeenCalled();
  });

  it('reads the token anew, as it is rotated', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'ces-test-'));
    cleanUp.push(() => rm(directory, { recursive: true }));
    const tokenFile = join(directory, 'token');
    const seen: (string | undefined)[] = [];
    const server = await scripted((request, response) => {
      seen.push(request.headers.authorization);
      json(request, response);
    });
    const client = clientOf(server.config({ authProvider: { name: 'tokenFile', config: { tokenFile } } }));
    vi.useFakeTimers({ toFake: ['Date'] });
    try {
      await writeFile(tokenFile, 'first');
      await client.get(pods, never);
      await writeFile(tokenFile, 'second');
      vi.setSystemTime(Date.now() + 120_000);
      await client.get(pods, never);
    } finally {
      vi.useRealTimers();
    }
    expect(seen).toEqual(['Bearer first', 'Bearer second']);
  });

  it('sends a patch as a JSON patch', async () => {
    const server = await scripted((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { method, url, headers } = request;
        const body: unknown = JSON.parse(Buffer.concat(chunks).toString());
        response.end(JSON.stringify({ method, url, type: headers['content-type'], body }));
      });
    });
    const body = [{ op: 'add', path: '/status', value: { message: 'für alle' } }];
    expect(await clientOf(server.config()).send({ method: 'PATCH', path: '/x/status', body }, never)).toEqual({
      method: 'PATCH',
      url: '/x/status',
      type: 'application/json-patch+json',
      body,
    });
  });

  it('promise 12: names in an error the request and the reason, and no credential', async () => {
    const server = await scripted((_request, response) => {
      const body = { kind: 'Status', code: 403, reason: 'Forbidden', message: 'pods is forbidden' };
      response.writeHead(403, { 'retry-after': '2' }).end(JSON.stringify(body));
    });
    const error = await failureOf(
      clientOf(server.config({ token: 'top-secret' })).get({ ...pods, query: { a: 'b' } }, never),
    );
    expect(error).toBeInstanceOf(KubernetesError);
    expect(error).toMatchObject({
      message: 'GET /api/v1/pods was answered with 403 Forbidden: pods is forbidden',
      meaning: 'forbidden',
      failure: { retryAfter: 2_000 },
    });
    expect(JSON.stringify(error)).not.toContain('top-secret');
  });

  it('understands an answer that is no JSON by its status alone', async () => {
    const server = await scripted((_request, response) => response.writeHead(502).end('<html>Bad Gateway</html>'));
    expect(await failureOf(clientOf(server.config()).get(pods, never))).toMatchObject({ meaning: 'unavailable' });
  });

  it('gives up a request that hangs, before or within the answer', async () => {
    const silent = await scripted(() => undefined);
    const stalling = await scripted((_request, response) => response.writeHead(200).write('{"items":['));
    for (const server of [silent, stalling]) {
      const client = clientOf(server.config(), { timeout: 100 });
      expect(await failureOf(client.get(pods, never))).toBeInstanceOf(NoAnswerError);
    }
    expect(await failureOf(clientOf(silent.config(), { timeout: 100 }).watch(pods, never))).toBeInstanceOf(
      NoAnswerError,
    );
  });

  it('ends a request when its signal is aborted', async () => {
    const server = await scripted(() => undefined);
    const stop = new AbortController();
    const hanging = failureOf(clientOf(server.config()).get(pods, stop.signal));
    stop.abort(new Error('not leading any more'));
    expect(await hanging).toMatchObject({ message: 'not leading any more' });
  });

  it('reads the events of a watch until the server ends it', async () => {
    const lines = [
      { type: 'ADDED', object: { kind: 'Pod' } },
      { type: 'BOOKMARK', object: { metadata: { resourceVersion: '17' } } },
      { type: 'NEWS', object: {} },
    ];
    const server = await scripted((_request, response) =>
      response.end(lines.map((line) => `${JSON.stringify(line)}\n`).join('')),
    );
    const events: WatchEvent[] = [];
    for await (const event of await clientOf(server.config()).watch(pods, never)) events.push(event);
    expect(events).toEqual([
      { type: 'upsert', object: { kind: 'Pod' } },
      { type: 'bookmark', resourceVersion: '17' },
      { type: 'unknown', name: 'NEWS' },
    ]);
  });

  it('does not hide a line of a watch that is no JSON', async () => {
    const server = await scripted((_request, response) => response.end('{"type":\n'));
    const events = await clientOf(server.config()).watch(pods, never);
    expect(await failureOf(events.next())).toBeInstanceOf(SyntaxError);
  });

  it('ends the connection of a watch that is left, without an error behind its back', async () => {
    const closed = vi.fn();
    const server = await scripted((_request, response) => {
      response.on('close', closed);
      response.write('{"type":"ADDED","object":{}}\n');
    });
    const events = await clientOf(server.config()).watch(pods, never);
    await events.next();
    await events.return();
    await waitFor(() => {
      expect(closed).toHaveBeenCalledOnce();
    });
  });

  it('promise 9: stops reading while nobody asks for the next event', async () => {
    let written = 0;
    const line = `${JSON.stringify({ type: 'ADDED', object: { filler: 'x'.repeat(10_000) } })}\n`;
    const server = await scripted((_request, response) => {
      const write = () => {
        while (written < 5_000) {
          written += 1;
          if (!response.write(line)) return;
        }
        response.end();
      };
      response.on('drain', write);
      write();
    });
    const events = await clientOf(server.config()).watch(pods, never);
    await events.next();
    const stalled = await untilStill(() => written);
    expect(stalled).toBeLessThan(2_500);
    let read = 1;
    for await (const event of events) read += event.type === 'upsert' ? 1 : 0;
    expect(read).toBe(5_000);
  });
});

/** The value once it has stayed the same for a while. */
async function untilStill(value: () => number): Promise<number> {
  let before = -1;
  await vi.waitFor(
    () => {
      const now = value();
      const still = now === before;
      before = now;
      expect(still).toBe(true);
    },
    { interval: 200, timeout: 10_000 },
  );
  return before;
}
