import { waitFor } from '#testing/wait-for';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { items, member, text } from '../objects/kube-object.js';
import { startKubeSimulator, type KubeSimulator } from '../simulator.js';
import { HttpsClient, type Watch } from '../testing/https-client.js';
import { pod } from '../testing/manifests.js';

const pods = '/api/v1/namespaces/default/pods';

describe('faults', () => {
  let simulator: KubeSimulator;
  let client: HttpsClient;

  beforeEach(async () => {
    simulator = await startKubeSimulator({ bookmarkInterval: 10 });
    client = new HttpsClient(simulator);
  });

  afterEach(async () => {
    client.close();
    await simulator.close();
  });

  const watchNow = (query = ''): Promise<Watch> =>
    client.watch(`${pods}?watch=true&resourceVersion=${simulator.resourceVersion}${query}`);

  const state = (watch: Watch, wanted: Watch['state']) =>
    waitFor(() => {
      expect(watch.state).toBe(wanted);
    });

  describe('of requests', () => {
    it('429 with Retry-After, for so many requests of that verb', async () => {
      simulator.inject({ fault: 'status', code: 429, retryAfterSeconds: 3, times: 2, verb: 'list', resource: 'pods' });
      const codes: number[] = [];
      for (let request = 0; request < 3; request += 1) codes.push((await client.get(pods)).code);
      expect(codes).toEqual([429, 429, 200]);
      simulator.inject({ fault: 'status', code: 429, retryAfterSeconds: 3, verb: 'watch' });
      const { headers, body } = await client.get(`${pods}?watch=true`);
      expect(headers['retry-after']).toBe('3');
      expect(body).toMatchObject({ kind: 'Status', reason: 'TooManyRequests', details: { retryAfterSeconds: 3 } });
    });

    it('500 and 503, until the faults are cleared', async () => {
      simulator.inject({ fault: 'status', code: 503, times: 'forever', resource: 'pods' });
      expect((await client.get(pods)).body).toMatchObject({ reason: 'ServiceUnavailable', code: 503 });
      expect((await client.get('/api/v1/services')).code).toBe(200);
      simulator.clearFaults();
      simulator.inject({ fault: 'status', code: 500, message: 'etcdserver: leader changed' });
      expect((await client.get(pods)).body).toMatchObject({
        reason: 'InternalError',
        message: 'etcdserver: leader changed',
      });
      expect((await client.get(pods)).code).toBe(200);
    });

    it('a slow answer', async () => {
      simulator.inject({ fault: 'delay', milliseconds: 80 });
      const before = performance.now();
      await client.get(pods);
      expect(performance.now() - before).toBeGreaterThanOrEqual(75);
    });

    it('a reset instead of an answer', async () => {
      simulator.inject({ fault: 'reset' });
      await expect(client.get(pods)).rejects.toMatchObject({ code: 'ECONNRESET' });
      expect((await client.get(pods)).code).toBe(200);
      expect(simulator.requests.map(({ code }) => code)).toEqual([0, 200]);
    });

    it('a list that breaks off in the middle of its body', async () => {
      simulator.apply(pod('a'));
      simulator.inject({ fault: 'cut-body', bytes: 40, verb: 'list' });
      await expect(client.get(pods)).rejects.toMatchObject({ code: 'ECONNRESET' });
    });

    it('no answer at all; a watch that is opened and stays silent', async () => {
      simulator.inject({ fault: 'silence', verb: 'list' });
      const unanswered = client.get(pods).then(
        () => 'answered',
        () => 'failed',
      );
      simulator.inject({ fault: 'silence', verb: 'watch' });
      const silent = await watchNow('&allowWatchBookmarks=true');
      const talking = await watchNow('&allowWatchBookmarks=true');
      simulator.apply(pod('a'));
      await waitFor(() => {
        expect(talking.summary).toContain('BOOKMARK ');
      });
      expect([silent.state, silent.events]).toEqual(['open', []]);
      await simulator.stopListening();
      expect(await unanswered).toBe('failed');
    });
  });

  describe('of open watches', () => {
    it('a proper end', async () => {
      const watch = await watchNow();
      expect(simulator.inject({ fault: 'close-watches', resource: 'pods' })).toBe(1);
      await state(watch, 'ended');
    });

    it('a reset in the middle of the stream, of the watches meant', async () => {
      const watch = await watchNow();
      const other = await client.watch('/api/v1/services?watch=true');
      expect(simulator.inject({ fault: 'reset-watches', resource: 'pods' })).toBe(1);
      await state(watch, 'broken');
      expect(other.state).toBe('open');
    });

    it('silence: open, without events and bookmarks', async () => {
      const watch = await watchNow('&allowWatchBookmarks=true');
      await waitFor(() => {
        expect(watch.events.length).toBeGreaterThan(0);
      });
      simulator.inject({ fault: 'silence-watches' });
      const heard = watch.events.length;
      const control = await watchNow('&allowWatchBookmarks=true');
      simulator.apply(pod('a'));
      await waitFor(() => {
        expect(control.summary.length).toBeGreaterThan(3);
      });
      expect([watch.state, watch.events.length - heard <= 1]).toEqual(['open', true]);
      expect(watch.summary).not.toContain('ADDED a');
    });

    it.each([
      ['reset', 'broken'],
      ['close', 'ended'],
    ] as const)('a line cut in the middle, then a %s', async (ending, after) => {
      const watch = await watchNow();
      simulator.inject({ fault: 'cut-watches', ending });
      simulator.apply(pod('a'));
      await state(watch, after);
      expect(watch.events).toEqual([]);
      expect(watch.rest.startsWith('{"type":"ADDED","object":{"apiVersion":"v1"')).toBe(true);
    });

    it('an ERROR event with code 500', async () => {
      const watch = await watchNow();
      simulator.inject({ fault: 'fail-watches', code: 500, message: 'etcd event received with no previous value' });
      await state(watch, 'ended');
      expect(watch.events).toMatchObject([
        { type: 'ERROR', object: { kind: 'Status', code: 500, reason: 'InternalError' } },
      ]);
    });

    it('a lost event, which only a list shows', async () => {
      const watch = await watchNow();
      simulator.inject({ fault: 'drop-event', resource: 'pods' });
      simulator.apply(pod('lost'));
      simulator.apply(pod('seen'));
      await waitFor(() => {
        expect(watch.summary).toEqual(['ADDED seen']);
      });
      expect(items((await client.get(pods)).body['items'])).toHaveLength(2);
    });
  });

  describe('of the server', () => {
    it('refused connections for a while, then the same port again', async () => {
      const { url } = simulator;
      const watch = await watchNow();
      await simulator.stopListening();
      await state(watch, 'broken');
      await expect(client.get(pods)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
      await simulator.listen();
      expect([simulator.url, (await client.get(pods)).code]).toEqual([url, 200]);
    });

    it('an object made again under its name while nobody watched', async () => {
      const before = simulator.apply(pod('web', { app: 'web' }));
      const watch = await watchNow();
      const from = simulator.resourceVersion;
      await simulator.inWatchGap(
        () => {
          simulator.recreate('Pod', 'default', 'web');
        },
        { compact: true },
      );
      await state(watch, 'broken');
      const late = await client.watch(`${pods}?watch=true&resourceVersion=${from}`);
      await waitFor(() => {
        expect(late.summary).toEqual(['ERROR ']);
      });
      const [after] = items((await client.get(pods)).body['items']);
      expect(text(after, 'metadata', 'name')).toBe('web');
      expect(text(after, 'metadata', 'uid')).not.toBe(before.metadata.uid);
      expect(member(member(after ?? {}, 'metadata'), 'labels')).toEqual({ app: 'web' });
    });

    it('a restore of an older state: versions run backwards, watches break off, later versions are too large', async () => {
      simulator.apply(pod('kept'));
      const backup = simulator.backup();
      simulator.apply(pod('lost'));
      const newest = simulator.resourceVersion;
      const watch = await watchNow();
      simulator.restore(backup);
      await state(watch, 'broken');
      expect(Number(simulator.resourceVersion)).toBeLessThan(Number(newest));
      expect(simulator.list('Pod').map(({ metadata }) => metadata.name)).toEqual(['kept']);
      simulator.apply(pod('again'));
      const list = await client.get(pods);
      expect(text(list.body, 'metadata', 'resourceVersion')).toBe(newest);
    });
  });
});
