import { afterEach, beforeEach, expect, vi } from 'vitest';
import { RecordingSink } from './recording-sink.js';
import { type StartedWatch, startWatch, type StartOptions, type WatchedCluster } from './watched-cluster.js';

/** What the tests of a watch work with: a fresh cluster and sink for each of them. */
export interface WatchFixture<Cluster extends WatchedCluster = WatchedCluster> {
  readonly env: Cluster;
  readonly sink: RecordingSink;
  /** Watches the cluster into the sink, or into another one; stopped when the test ends. */
  start(options?: StartOptions, sink?: RecordingSink): StartedWatch;
  /** The same, and waits until all kinds are in step. */
  startSynced(options?: StartOptions, sink?: RecordingSink): Promise<StartedWatch>;
  /** Waits until the projection has these pods in the namespace `shop`, and no others. */
  seen(...names: readonly string[]): Promise<void>;
}

/** Waits for up to ten seconds until the assertion holds. */
export const settled = (assertion: () => void): Promise<void> => vi.waitFor(assertion, { timeout: 10_000 });

/** To be called in a `describe`: sets the fixture up before each test, and clears it away after it. */
export function useWatchFixture<Cluster extends WatchedCluster>(create: () => Promise<Cluster>): WatchFixture<Cluster> {
  let cluster: Cluster | null = null;
  let sink = new RecordingSink();
  const started: StartedWatch[] = [];

  const fixture: WatchFixture<Cluster> = {
    get env() {
      if (cluster === null) throw new Error('There is a cluster only while a test is running.');
      return cluster;
    },
    get sink() {
      return sink;
    },
    start(options, into = sink) {
      const watch = startWatch(fixture.env.config, into, options);
      started.push(watch);
      return watch;
    },
    async startSynced(options, into) {
      const watch = fixture.start(options, into);
      await settled(() => {
        expect(watch.watch.state).toEqual({ synced: true, problems: [] });
      });
      return watch;
    },
    seen: (...names) =>
      settled(() => {
        expect(sink.names('Pod', 'shop')).toEqual(names);
      }),
  };

  beforeEach(async () => {
    sink = new RecordingSink();
    cluster = await create();
  });

  afterEach(async () => {
    sink.open();
    for (const watch of started.splice(0)) await watch.stop();
    await cluster?.close();
    cluster = null;
  });

  return fixture;
}
