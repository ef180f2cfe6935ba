import { type ServerResponse } from 'node:http';
import { waitFor } from '#testing/wait-for';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RecordingSink } from '#testing/watch/recording-sink';
import { rawPod } from '#testing/watch/raw-objects';
import { type ScriptedApiServer, startScriptedApiServer } from '#testing/watch/scripted-api-server';
import { type StartedWatch, startWatch, type StartOptions } from '#testing/watch/watched-cluster';

/** An API server that lists what `items` holds at version 100, and leaves each watch to the test. */
let server: ScriptedApiServer;
let sink: RecordingSink;
let watch: StartedWatch | null;
let items: object[];
let lists: number;
let onWatch: (response: ServerResponse, number: number) => void;
let watchedAt: number[];

beforeEach(async () => {
  sink = new RecordingSink();
  watch = null;
  items = [];
  lists = 0;
  watchedAt = [];
  onWatch = () => undefined;
  server = await startScriptedApiServer((request, response) => {
    if (request.url?.includes('watch=true') === true) {
      watchedAt.push(performance.now());
      response.writeHead(200).flushHeaders();
      onWatch(response, watchedAt.length);
      return;
    }
    if (request.url?.includes('limit=3') === true) lists += 1;
    response.end(JSON.stringify({ kind: 'PodList', metadata: { resourceVersion: '100' }, items }));
  });
});

afterEach(async () => {
  await watch?.stop();
  await server.close();
});

const start = (tuning: StartOptions['tuning'] = {}) => {
  watch = startWatch(server.config(), sink, { tuning: { kinds: ['Pod'], ...tuning } });
  return watch;
};
const line = (type: string, object: object) => `${JSON.stringify({ type, object })}\n`;

describe('Reflector', () => {
  it('takes a watch that ends at once without an event for a failure, and waits ever longer', async () => {
    onWatch = (response, number) => {
      if (number < 4) response.end();
    };
    start({ backoff: { initial: 100, factor: 2, maximum: 10_000, random: () => 0.99 } });
    await vi.waitFor(
      () => {
        expect(watchedAt).toHaveLength(4);
      },
      { timeout: 5_000 },
    );
    const waits = watchedAt.slice(1).map((at, index) => at - (watchedAt[index] ?? 0));
    expect(waits[0]).toBeGreaterThanOrEqual(95);
    expect(waits[1]).toBeGreaterThanOrEqual(190);
    expect(waits[2]).toBeGreaterThanOrEqual(380);
    expect(lists).toBe(1);
  });

  it('lists again after an event that does not say whom it is about', async () => {
    onWatch = (response, number) => {
      if (number === 1) response.write(line('ADDED', { metadata: { name: 'who' } }));
    };
    start();
    await waitFor(() => {
      expect(lists).toBe(2);
      expect(watchedAt).toHaveLength(2);
    });
  });

  it('lists again after a line that is no JSON', async () => {
    onWatch = (response, number) => {
      if (number === 1) response.write('{"type":"ADDED"\n');
    };
    start();
    await waitFor(() => {
      expect(lists).toBe(2);
      expect(watchedAt).toHaveLength(2);
    });
  });

  it('passes over an event of a type that it does not know', async () => {
    onWatch = (response) => {
      response.write(line('NEWS', {}));
      response.write(line('ADDED', rawPod({ metadata: { name: 'web-2', resourceVersion: '101' } })));
    };
    start();
    await waitFor(() => {
      expect(sink.names('Pod', 'shop')).toEqual(['web-2']);
    });
    expect(lists).toBe(1);
  });

  it('promise 1: a pod that an old API server sends in another form counts as gone, and stops nothing', async () => {
    items = [rawPod(), rawPod({ metadata: { name: 'odd', uid: 'odd' }, status: { podIPs: 'many' } })];
    onWatch = (response) => {
      response.write(line('MODIFIED', rawPod({ metadata: { resourceVersion: '101' }, status: { podIPs: 7 } })));
      response.write(line('ADDED', rawPod({ metadata: { name: 'web-2', uid: 'pod-uid-2', resourceVersion: '102' } })));
    };
    const { metrics } = start();
    await waitFor(() => {
      expect(sink.names('Pod', 'shop')).toEqual(['web-2']);
    });
    expect(await metrics.render()).toContain('ces_watch_not_understood_total{kind="Pod",app="test"} 2');
  });

  it('promise 1: never takes an answer that is no list for an empty cluster', async () => {
    items = [rawPod()];
    onWatch = (response) => response.write(line('BOOKMARK', { metadata: { resourceVersion: '105' } }));
    const { watch: running } = start();
    await waitFor(() => {
      expect(running.state.synced).toBe(true);
    });
    await server.close();
    server = await startScriptedApiServer((_request, response) => response.end('{"message":"welcome"}'));
    const other = startWatch(server.config(), sink, { tuning: { kinds: ['Pod'] } });
    sink.stand({ kind: 'Pod', resourceVersion: '100', gap: true });
    await waitFor(() => {
      expect(other.watch.state.problems).toEqual([
        'What the API server says of pods is not understood: listing again.',
      ]);
    });
    await other.stop();
    expect(sink.names('Pod', 'shop')).toEqual(['web-1']);
  });
});
