import { waitFor } from '#testing/wait-for';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { member, text } from '../objects/kube-object.js';
import { startKubeSimulator, type KubeSimulator } from '../simulator.js';
import { HttpsClient, type Watch } from '../testing/https-client.js';
import { externalService, namespace, pod } from '../testing/manifests.js';
import { type JsonObject } from '#core/json';

const pods = '/api/v1/namespaces/default/pods';
const objectOf = (event: JsonObject | undefined): JsonObject => member(event ?? {}, 'object');

describe('watches', () => {
  let simulator: KubeSimulator;
  let client: HttpsClient;

  beforeEach(async () => {
    simulator = await startKubeSimulator({ bookmarkInterval: 20 });
    client = new HttpsClient(simulator);
  });

  afterEach(async () => {
    client.close();
    await simulator.close();
  });

  const seen = (watch: Watch, ...summary: readonly string[]) =>
    waitFor(() => {
      expect(watch.summary).toEqual(summary);
    });

  it('bring what happens after their version, with whole objects at the version of the write', async () => {
    simulator.apply(pod('old'));
    const watch = await client.watch(`${pods}?watch=true&resourceVersion=${simulator.resourceVersion}`);
    simulator.apply(pod('new'));
    simulator.apply(pod('new', { app: 'web' }));
    simulator.delete('Pod', 'default', 'new');
    await seen(watch, 'ADDED new', 'MODIFIED new', 'DELETED new');
    expect(objectOf(watch.events[0])).toMatchObject({ apiVersion: 'v1', kind: 'Pod', spec: {} });
    const versions = watch.events.map((event) => Number(text(event, 'object', 'metadata', 'resourceVersion')));
    const last = Number(simulator.resourceVersion);
    expect(versions).toEqual([last - 2, last - 1, last]);
  });

  it('begin in the past with what happened since', async () => {
    const from = simulator.resourceVersion;
    simulator.apply(pod('one'));
    simulator.delete('Pod', 'default', 'one');
    await seen(await client.watch(`${pods}?watch=1&resourceVersion=${from}`), 'ADDED one', 'DELETED one');
  });

  it('begin with the present state without a version, and with version 0', async () => {
    simulator.apply(pod('b'));
    simulator.apply(pod('a'));
    const newest = await client.watch(`${pods}?watch=true`);
    const any = await client.watch(`${pods}?watch=true&resourceVersion=0`);
    simulator.apply(pod('c'));
    await seen(newest, 'ADDED a', 'ADDED b', 'ADDED c');
    await seen(any, 'ADDED a', 'ADDED b', 'ADDED c');
  });

  it('with version 0 begin at the state of a lagging cache, and catch up', async () => {
    simulator.apply(pod('a'));
    simulator.freezeWatchCache();
    simulator.delete('Pod', 'default', 'a');
    await seen(await client.watch(`${pods}?watch=true&resourceVersion=0`), 'ADDED a', 'DELETED a');
  });

  it('are limited to a namespace, a name or labels', async () => {
    simulator.apply(namespace('other'));
    const all = await client.watch(`/api/v1/pods?watch=true&resourceVersion=${simulator.resourceVersion}`);
    const one = await client.watch(`${pods}?watch=true&fieldSelector=metadata.name%3Dweb`);
    simulator.apply({ ...pod('x'), metadata: { name: 'x', namespace: 'other' } });
    simulator.apply(pod('web'));
    await seen(all, 'ADDED x', 'ADDED web');
    await seen(one, 'ADDED web');
  });

  it('show an object that begins or ceases to match as added or deleted, at the version of the change', async () => {
    simulator.apply(pod('web'));
    const watch = await client.watch(`${pods}?watch=true&labelSelector=app%3Dweb`);
    simulator.apply(pod('web', { app: 'web' }));
    simulator.apply(pod('web', { app: 'web', tier: 'front' }));
    simulator.apply(pod('web', { app: 'other' }));
    await seen(watch, 'ADDED web', 'MODIFIED web', 'DELETED web');
    expect(objectOf(watch.events[2])).toMatchObject({
      metadata: { labels: { app: 'web', tier: 'front' }, resourceVersion: simulator.resourceVersion },
    });
  });

  it('send bookmarks when they may, which follow the version of all writes', async () => {
    const plain = await client.watch(`${pods}?watch=true&resourceVersion=${simulator.resourceVersion}`);
    const watch = await client.watch(`${pods}?watch=true&allowWatchBookmarks=true`);
    simulator.apply(externalService('elsewhere', '192.0.2.1'));
    await waitFor(() => {
      expect(watch.events.at(-1)).toEqual({
        type: 'BOOKMARK',
        object: {
          kind: 'Pod',
          apiVersion: 'v1',
          metadata: { resourceVersion: simulator.resourceVersion, creationTimestamp: null },
        },
      });
    });
    expect(plain.events).toEqual([]);
  });

  it('end properly when their time is up', async () => {
    const watch = await client.watch(`${pods}?watch=true&timeoutSeconds=1`);
    expect(simulator.watchCount('pods')).toBe(1);
    await vi.waitFor(() => {
      expect(watch.state).toBe('ended');
    }, 5_000);
    expect(simulator.watchCount()).toBe(0);
  });

  it('end properly when the server is closed', async () => {
    const closing = await startKubeSimulator();
    const itsClient = new HttpsClient(closing);
    const watch = await itsClient.watch(`${pods}?watch=true&resourceVersion=${closing.resourceVersion}`);
    closing.apply(pod('last'));
    await closing.close();
    await waitFor(() => {
      expect([watch.state, watch.summary]).toEqual(['ended', ['ADDED last']]);
    });
    itsClient.close();
  });

  it('are counted, and forgotten when the client goes', async () => {
    const watch = await client.watch(`${pods}?watch=true&resourceVersion=${simulator.resourceVersion}`);
    expect(simulator.openWatches).toMatchObject([{ resource: 'pods', namespace: 'default', sentEvents: 0 }]);
    watch.abandon();
    await waitFor(() => {
      expect(simulator.watchCount()).toBe(0);
    });
  });

  it('from a forgotten version get an ERROR event 410, and end', async () => {
    const from = simulator.resourceVersion;
    simulator.apply(pod('a'));
    simulator.apply(pod('b'));
    simulator.compact();
    const watch = await client.watch(`${pods}?watch=true&resourceVersion=${from}`);
    await waitFor(() => {
      expect(watch.state).toBe('ended');
    });
    expect([watch.code, watch.events]).toEqual([
      200,
      [
        {
          type: 'ERROR',
          object: {
            kind: 'Status',
            apiVersion: 'v1',
            metadata: {},
            status: 'Failure',
            message: `too old resource version: ${from} (${simulator.compactedResourceVersion})`,
            reason: 'Expired',
            code: 410,
          },
        },
      ],
    ]);
    const current = await client.watch(`${pods}?watch=true&resourceVersion=${simulator.resourceVersion}`);
    simulator.apply(pod('c'));
    await seen(current, 'ADDED c');
  });

  it('from a forgotten version are answered 410 by servers that do it so', async () => {
    const older = await startKubeSimulator({ expiredWatch: 'response' });
    const itsClient = new HttpsClient(older);
    older.compact();
    const { code, body } = await itsClient.get(`${pods}?watch=true&resourceVersion=1`);
    expect([code, body['reason']]).toEqual([410, 'Expired']);
    itsClient.close();
    await older.close();
  });

  it('know only so much of the past as the history holds', async () => {
    const short = await startKubeSimulator({ retainedEvents: 4 });
    const itsClient = new HttpsClient(short);
    const from = short.resourceVersion;
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) short.apply(pod(name));
    const watch = await itsClient.watch(`${pods}?watch=true&resourceVersion=${from}`);
    await waitFor(() => {
      expect(watch.summary).toEqual(['ERROR ']);
    });
    itsClient.close();
    await short.close();
  });

  it('refuse to stream a list, as a server without that feature', async () => {
    const { code, body } = await client.get(
      `${pods}?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true`,
    );
    expect([code, body['reason']]).toEqual([422, 'Invalid']);
    expect(body['message']).toContain('sendInitialEvents is forbidden for watch');
  });

  it('from a version of the future are silent until it is reached', async () => {
    const backup = simulator.backup();
    simulator.apply(pod('lost'));
    const seenVersion = simulator.resourceVersion;
    simulator.restore(backup);
    const watch = await client.watch(`${pods}?watch=true&allowWatchBookmarks=true&resourceVersion=${seenVersion}`);
    const control = await client.watch(`${pods}?watch=true&resourceVersion=${simulator.resourceVersion}`);
    simulator.apply(pod('skipped'));
    await seen(control, 'ADDED skipped');
    simulator.apply(pod('shown'));
    await waitFor(() => {
      expect(watch.summary.filter((line) => !line.startsWith('BOOKMARK'))).toEqual(['ADDED shown']);
    });
  });

  it('show tables when asked, with the column definitions in the first event only', async () => {
    const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';
    const watch = await client.watch(`${pods}?watch=true&resourceVersion=${simulator.resourceVersion}`, { accept });
    simulator.apply(pod('a'));
    simulator.apply(pod('b'));
    await waitFor(() => {
      expect(watch.events).toHaveLength(2);
    });
    const tables = watch.events.map(objectOf);
    expect(tables).toMatchObject([{ kind: 'Table' }, { kind: 'Table', columnDefinitions: null }]);
    expect(tables[0]?.['columnDefinitions']).toHaveLength(9);
  });
});
