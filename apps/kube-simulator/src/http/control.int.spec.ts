import { waitFor } from '#testing/wait-for';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startKubeSimulator, type KubeSimulator } from '../simulator.js';
import { HttpsClient } from '../testing/https-client.js';
import { pod, service } from '../testing/manifests.js';

const pods = '/api/v1/namespaces/default/pods';

describe('the control endpoint', () => {
  let simulator: KubeSimulator;
  let client: HttpsClient;

  beforeEach(async () => {
    simulator = await startKubeSimulator();
    client = new HttpsClient(simulator);
  });

  afterEach(async () => {
    client.close();
    await simulator.close();
  });

  it('asks for a token, and refuses what it does not know', async () => {
    expect((await client.get('/simulator', { token: null })).code).toBe(401);
    expect((await client.get('/simulator/nothing')).code).toBe(404);
    expect((await client.get('/simulator/compact')).code).toBe(405);
    expect((await client.post('/simulator/faults', { fault: 'earthquake' })).code).toBe(400);
  });

  it('plans faults and takes them back', async () => {
    await client.post('/simulator/faults', { fault: 'status', code: 503, times: 'forever' });
    expect((await client.get('/simulator')).body).toMatchObject({ faults: [{ fault: 'status', code: 503 }] });
    expect((await client.get(pods)).code).toBe(503);
    await client.delete('/simulator/faults');
    expect((await client.get(pods)).code).toBe(200);
  });

  it('strikes open watches and says how many', async () => {
    const watch = await client.watch(`${pods}?watch=true`);
    expect((await client.post('/simulator/faults', { fault: 'reset-watches' })).body).toEqual({ hits: 1 });
    await waitFor(() => {
      expect(watch.state).toBe('broken');
    });
  });

  it('tells which requests came, and which watches are open', async () => {
    await client.get(`${pods}?limit=5`, { userAgent: 'spec/1' });
    await client.watch(`${pods}?watch=true&resourceVersion=${simulator.resourceVersion}`);
    const { text } = await client.get('/simulator/requests');
    expect(JSON.parse(text)).toMatchObject([
      { method: 'GET', path: pods, query: { limit: '5' }, userAgent: 'spec/1', code: 200 },
      { method: 'GET', path: pods, query: { watch: 'true' }, code: 200 },
    ]);
    expect((await client.get('/simulator')).body).toMatchObject({
      watches: [{ resource: 'pods', namespace: 'default', resourceVersion: simulator.resourceVersion }],
    });
    await client.delete('/simulator/requests');
    expect(simulator.requests).toEqual([]);
  });

  it('compacts, freezes the cache, backs up and restores', async () => {
    simulator.apply(pod('a'));
    const { body: saved } = await client.post('/simulator/backups', {});
    await client.post('/simulator/watch-cache/freeze', {});
    simulator.delete('Pod', 'default', 'a');
    expect((await client.get(`${pods}/a?resourceVersion=0`)).code).toBe(200);
    await client.post('/simulator/watch-cache/thaw', {});
    expect((await client.get(`${pods}/a?resourceVersion=0`)).code).toBe(404);
    expect((await client.post('/simulator/compact', {})).body).toMatchObject({
      compactedResourceVersion: simulator.resourceVersion,
    });
    expect((await client.post('/simulator/restore', { backup: 7 })).code).toBe(400);
    await client.post('/simulator/restore', { backup: saved['backup'] ?? null });
    await waitFor(() => {
      expect(simulator.get('Pod', 'default', 'a')).toBeDefined();
    });
  });

  it('makes an outage and comes back', async () => {
    await client.post('/simulator/outage', { milliseconds: 400 });
    const code = () =>
      client.get(pods).then(
        (response) => response.code,
        (error: unknown) => (error as NodeJS.ErrnoException).code,
      );
    await vi.waitFor(
      async () => {
        expect(await code()).toBe('ECONNREFUSED');
      },
      { interval: 5 },
    );
    await vi.waitFor(async () => {
      expect(await code()).toBe(200);
    }, 5_000);
  });

  it('runs, scales, replaces and removes deployments, and makes objects anew', async () => {
    simulator.apply(service('web', { app: 'web' }));
    const names = async (path: string, body: Parameters<HttpsClient['post']>[1]) =>
      JSON.parse((await client.post(`/simulator/${path}`, body)).text) as readonly string[];
    const where = { namespace: 'default', name: 'web' };
    const first = await names('deployments', { ...where, replicas: 2, labels: { app: 'web' } });
    const scaled = await names('deployments/scale', { ...where, replicas: 3 });
    expect([first.length, scaled.length, scaled.slice(0, 2)]).toEqual([2, 3, first]);
    const replaced = await names('deployments/replace-pods', where);
    expect(replaced.filter((name) => scaled.includes(name))).toEqual([]);
    await client.post('/simulator/deployments/remove', where);
    expect(simulator.list('Pod')).toEqual([]);
    const before = simulator.get('Service', 'default', 'web');
    await client.post('/simulator/recreate', { kind: 'Service', ...where });
    expect(simulator.get('Service', 'default', 'web')?.metadata.uid).not.toBe(before?.metadata.uid);
  });
});
