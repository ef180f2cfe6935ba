import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { compareVersions } from '#core/resource-version';
import { podManifest, podRuleManifest, serviceManifest } from './manifests.js';
import { RecordingSink } from './recording-sink.js';
import {
  type ClusterFaults,
  type StartedWatch,
  startWatch,
  type StartOptions,
  type WatchedCluster,
} from './watched-cluster.js';

export interface WatchContractOptions {
  /** Whether the cluster brings `faults`. */
  readonly faults: boolean;
  /** Whether watches get a bookmark within a second. */
  readonly quickBookmarks: boolean;
}

/**
 * What a watcher must do on any cluster, and (with faults) on one that behaves as badly as API servers do. The cases
 * are those that broke the informer of @kubernetes/client-node, and the duties of client-go's reflector.
 */
export function watchContract(
  cluster: string,
  create: () => Promise<WatchedCluster>,
  { faults: hasFaults, quickBookmarks }: WatchContractOptions,
): void {
  describe(`the watch of ${cluster}`, () => {
    let env: WatchedCluster;
    let sink: RecordingSink;
    let started: StartedWatch[];

    const start = (options?: StartOptions): StartedWatch => {
      const watch = startWatch(env.config, sink, options);
      started.push(watch);
      return watch;
    };
    const startSynced = async (options?: StartOptions): Promise<StartedWatch> => {
      const watch = start(options);
      await settled(() => {
        expect(watch.watch.state).toEqual({ synced: true, problems: [] });
      });
      return watch;
    };
    const pods = () => sink.names('Pod', 'shop');
    const seen = async (...names: readonly string[]) => {
      await vi.waitFor(
        () => {
          expect(pods()).toEqual(names);
        },
        { timeout: 10_000 },
      );
    };
    const settled = (assertion: () => void) => vi.waitFor(assertion, { timeout: 10_000 });

    beforeEach(async () => {
      env = await create();
      sink = new RecordingSink();
      started = [];
    });

    afterEach(async () => {
      sink.open();
      for (const watch of started) await watch.stop();
      await env.close();
    });

    describe('in good times', () => {
      it('sends a snapshot of each kind, page by page, and then what happens', async () => {
        for (const number of [1, 2, 3, 4, 5, 6, 7]) await env.apply(podManifest(`web-${number}`));
        await startSynced();
        await seen('web-1', 'web-2', 'web-3', 'web-4', 'web-5', 'web-6', 'web-7');
        const chunks = sink.chunks.filter(({ kind }) => kind === 'Pod');
        expect(new Set(chunks.map(({ snapshotId }) => snapshotId)).size).toBe(1);
        expect(chunks.map(({ index, last }) => [index, last])).toEqual(
          chunks.map((_, index) => [index, index === chunks.length - 1]),
        );
        expect(chunks.length).toBeGreaterThanOrEqual(3);
        expect(chunks.every(({ authoritative, objects }) => authoritative && objects.length <= 3)).toBe(true);

        await env.apply(podManifest('web-8'));
        await env.remove('Pod', 'shop', 'web-1');
        await seen('web-2', 'web-3', 'web-4', 'web-5', 'web-6', 'web-7', 'web-8');
      });

      it('makes the same of an object whether it is listed or watched', async () => {
        await env.apply(podRuleManifest('listed'));
        await startSynced();
        await env.apply(podRuleManifest('watched'));
        await settled(() => {
          expect(sink.names('PodEgressRule', 'shop')).toEqual(['listed', 'watched']);
        });
        const [listed, watched] = sink.objects('PodEgressRule');
        expect(watched).toEqual({
          ...listed,
          name: 'watched',
          uid: watched?.uid,
          resourceVersion: watched?.resourceVersion,
          createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) as string,
        });
      });

      it('promise 3: drops an update that changes nothing that matters, and moves on all the same', async () => {
        await env.apply(podManifest('web-1'));
        await startSynced();
        await seen('web-1');
        const noisy = {
          ...podManifest('web-1'),
          metadata: { ...podManifest('web-1').metadata, annotations: { probe: '1' } },
        };
        await env.apply(noisy);
        await env.apply(podManifest('web-2'));
        await seen('web-1', 'web-2');
        const names = sink.changes('Pod').map((change) => (change.type === 'upsert' ? change.object.name : ''));
        expect(names).not.toContain('web-1');
        const newest = sink.objects('Pod').find(({ name }) => name === 'web-2')?.resourceVersion ?? '0';
        expect(compareVersions(sink.checkpoint('Pod')?.resourceVersion ?? '0', newest)).toBeGreaterThanOrEqual(0);
      });

      it('promise 2: tells the pod that went from the one that came under its name', async () => {
        await env.apply(podManifest('web-0', '10.1.0.1'));
        await startSynced();
        await seen('web-0');
        const before = sink.objects('Pod').find(({ name }) => name === 'web-0')?.uid;
        await env.remove('Pod', 'shop', 'web-0');
        await env.apply(podManifest('web-0', '10.1.0.2'));
        await settled(() => {
          expect(addressesOf(sink, 'web-0')).toEqual(['10.1.0.2']);
        });
        expect(sink.objects('Pod').map(({ uid }) => uid)).not.toContain(before);
        expect(sink.changes('Pod')).toContainEqual(expect.objectContaining({ type: 'delete', uid: before }));
      });

      it('promise 3: begins each span where the one before it, or the snapshot, ended', async () => {
        await startSynced();
        for (const number of [1, 2, 3, 4, 5]) await env.apply(podManifest(`web-${number}`));
        await env.apply(serviceManifest('web'));
        await seen('web-1', 'web-2', 'web-3', 'web-4', 'web-5');
        for (const kind of ['Pod', 'Service'] as const) {
          let position = sink.chunks.find((chunk) => chunk.kind === kind && chunk.last)?.resourceVersion;
          for (const span of sink.batches.flatMap(({ spans }) => spans.filter((each) => each.kind === kind))) {
            expect(span.from).toBe(position);
            position = span.to;
          }
        }
        expect(sink.checkpoint('Pod')?.gap).toBe(false);
      });

      it('sends the configuration first, and again when it changes', async () => {
        const { configuration } = await startSynced();
        expect(sink.messages[0]).toMatchObject({ form: 'configuration', cluster: 'k8s', text: 'clusterName: k8s\n' });
        configuration.replace('clusterName: k8s\nlayout: in-place\n');
        await settled(() => {
          expect(sink.messages.at(-1)).toMatchObject({
            form: 'configuration',
            text: 'clusterName: k8s\nlayout: in-place\n',
          });
        });
        await started[0]?.stop();
        const before = sink.messages.length;
        const again = startWatch(env.config, sink);
        again.configuration.replace('clusterName: k8s\nlayout: in-place\n');
        started.push(again);
        await settled(() => {
          expect(again.watch.state.synced).toBe(true);
        });
        expect(sink.messages.slice(before).map(({ form }) => form)).not.toContain('snapshot');
      });
    });

    describe('after a restart of the watcher', () => {
      it('promise 3: goes on from the checkpoint without a list, and finds what was deleted meanwhile', async () => {
        await env.apply(podManifest('web-1'));
        await env.apply(podManifest('web-2'));
        const first = await startSynced();
        await seen('web-1', 'web-2');
        await first.stop();
        await env.remove('Pod', 'shop', 'web-1');
        await env.apply(podManifest('web-3'));
        const before = sink.chunks.length;
        await startSynced();
        await seen('web-2', 'web-3');
        expect(sink.chunks).toHaveLength(before);
        expect(sink.checkpoint('Pod')?.gap).toBe(false);
      });

      it('promise 3: lists again when the projection has a gap', async () => {
        const first = await startSynced();
        await env.apply(podManifest('web-1'));
        await seen('web-1');
        await first.stop();
        sink.stand({ kind: 'Pod', resourceVersion: '1', gap: true });
        const before = sink.chunks.length;
        await startSynced();
        await settled(() => {
          expect(sink.checkpoint('Pod')?.gap).toBe(false);
        });
        expect(sink.chunks.slice(before).map(({ kind }) => kind)).toContain('Pod');
        expect(sink.chunks.slice(before).map(({ kind }) => kind)).not.toContain('Service');
      });
    });

    describe('when the stream fails', () => {
      it('promise 9: holds a bounded number of changes while it is away, and then delivers all', async () => {
        const { metrics } = await startSynced({
          tuning: { batch: { changes: 10, bytes: 1e6, changeDelay: 5, spanDelay: 20 } },
        });
        sink.close();
        const witness = new RecordingSink();
        const free = startWatch(env.config, witness);
        started.push(free);
        await settled(() => {
          expect(free.watch.state.synced).toBe(true);
        });
        for (let round = 1; round <= 60; round += 1) await env.apply(podManifest('web-1', `10.1.0.${round}`));
        await settled(() => {
          expect(addressesOf(witness, 'web-1')).toEqual(['10.1.0.60']);
        });
        // An open batch and the one that waits hold 10 changes each; updates that change nothing come in between.
        expect(await eventsRead(metrics)).toBeLessThan((await eventsRead(free.metrics)) / 2);
        sink.open();
        await settled(() => {
          expect(addressesOf(sink, 'web-1')).toEqual(['10.1.0.60']);
        });
        expect(sink.changes('Pod').length).toBeGreaterThanOrEqual(60);
        expect(sink.checkpoint('Pod')?.gap).toBe(false);
      });

      it('promise 9: publishes again what was refused', async () => {
        sink.refuse(4);
        await startSynced();
        sink.refuse(2);
        await env.apply(podManifest('web-1'));
        await seen('web-1');
        expect(sink.checkpoint('Pod')?.gap).toBe(false);
      });

      it('promise 3: lists again when the stream lost a message', async () => {
        await env.apply(podManifest('web-1'));
        await startSynced();
        await seen('web-1');
        sink.lose(1);
        await env.remove('Pod', 'shop', 'web-1');
        await settled(() => {
          expect(sink.losses).toBe(0);
        });
        await env.apply(podManifest('web-2'));
        await seen('web-2');
        await settled(() => {
          expect(sink.checkpoint('Pod')?.gap).toBe(false);
        });
      });

      it('sends the configuration again when the stream lost it', async () => {
        sink.lose(1);
        await startSynced();
        await settled(() => {
          expect(sink.messages.filter(({ form }) => form === 'configuration')).toHaveLength(1);
        });
      });

      it('promise 3: is quiet once its term is over, also in the middle of a list', async () => {
        for (const number of [1, 2, 3, 4]) await env.apply(podManifest(`web-${number}`));
        sink.close();
        const watch = start();
        await watch.stop();
        const before = sink.messages.length;
        sink.open();
        await env.apply(podManifest('web-5'));
        const witness = new RecordingSink();
        started.push(startWatch(env.config, witness));
        await settled(() => {
          expect(witness.names('Pod', 'shop')).toContain('web-5');
        });
        expect(sink.messages.length - before).toBeLessThanOrEqual(1);
        expect(sink.chunks).toEqual([]);
      });
    });

    if (quickBookmarks) {
      it('moves the checkpoint of a quiet kind by bookmarks, so that its version stays good', async () => {
        await startSynced();
        await env.apply(podManifest('web-1'));
        await seen('web-1');
        const newest = sink.checkpoint('Pod')?.resourceVersion ?? '0';
        await settled(() => {
          expect(compareVersions(sink.checkpoint('Service')?.resourceVersion ?? '0', newest)).toBeGreaterThanOrEqual(0);
        });
        expect(sink.changes('Service')).toEqual([]);
      });
    }

    if (hasFaults) describeFaults();

    function describeFaults(): void {
      let faults: ClusterFaults;
      beforeEach(() => {
        if (env.faults === undefined) throw new Error('The cluster under test brings no faults.');
        faults = env.faults;
      });
      const listsOf = (resource: string) =>
        faults.requests().filter(({ path, query }) => path.endsWith(`/${resource}`) && query['limit'] === '3').length;
      const watchesOf = (resource: string) =>
        faults.requests().filter(({ path, query }) => path.endsWith(`/${resource}`) && query['watch'] === 'true');
      const open = async (resource: string) => {
        await settled(() => {
          expect(faults.openWatches(resource)).toBe(1);
        });
      };

      describe('when the API server refuses', () => {
        it.each([429, 500, 503])('goes on after an answer of %i, and misses nothing', async (code) => {
          await env.apply(podManifest('web-1'));
          faults.refuse('list', 'pods', code, { times: 2 });
          faults.refuse('watch', 'pods', code, { times: 3 });
          await startSynced();
          await env.apply(podManifest('web-2'));
          await seen('web-1', 'web-2');
        });

        it('waits as long as the API server asks', async () => {
          faults.refuse('watch', 'pods', 429, { retryAfterSeconds: 1 });
          await startSynced();
          await open('pods');
          const [refused, accepted] = watchesOf('pods').map(({ at }) => Date.parse(at));
          expect((accepted ?? 0) - (refused ?? 0)).toBeGreaterThanOrEqual(990);
        });

        it('asks for bookmarks, from the version that it stands at, for 5 to 10 minutes', async () => {
          await startSynced();
          const query = watchesOf('pods')[0]?.query;
          const listed = sink.chunks.find(({ kind }) => kind === 'Pod')?.resourceVersion;
          expect(query).toMatchObject({ allowWatchBookmarks: 'true', resourceVersion: listed });
          expect(Number(query?.['timeoutSeconds'])).toBeGreaterThanOrEqual(300);
          expect(Number(query?.['timeoutSeconds'])).toBeLessThanOrEqual(600);
        });

        it('says what to do when the definitions of CES are not installed, and goes on when they are', async () => {
          faults.refuse('list', 'podegressrules', 404, { times: 'forever' });
          const { watch } = start();
          await settled(() => {
            expect(watch.state.problems).toEqual([
              'PodEgressRule is not installed: apply the custom resource definitions of CES (k8s/base/crds).',
            ]);
          });
          expect(watch.state.synced).toBe(false);
          faults.clear();
          await settled(() => {
            expect(watch.state).toEqual({ synced: true, problems: [] });
          });
        });

        it('promise 3: lists anew when the answer to a watch is that the version is gone', async () => {
          await env.apply(podManifest('web-1'));
          await startSynced();
          await open('pods');
          faults.refuse('watch', 'pods', 410, { times: 2 });
          const before = listsOf('pods');
          faults.strikeWatches('pods', 'close');
          await settled(() => {
            expect(listsOf('pods')).toBe(before + 2);
          });
          await env.apply(podManifest('web-2'));
          await seen('web-1', 'web-2');
        });

        it('lists anew when the version is too large for the API server', async () => {
          await startSynced();
          await open('pods');
          const message = 'Too large resource version: 900, current: 100';
          faults.refuse('watch', 'pods', 504, { message });
          const before = listsOf('pods');
          faults.strikeWatches('pods', 'close');
          await settled(() => {
            expect(listsOf('pods')).toBe(before + 1);
          });
          await env.apply(podManifest('web-1'));
          await seen('web-1');
        });
      });

      describe('when a watch breaks', () => {
        it.each(['close', 'reset', 'error', 'cut'] as const)(
          'goes on after %s without a list, and misses nothing',
          async (how) => {
            await env.apply(podManifest('web-1'));
            await startSynced();
            await open('pods');
            await env.apply(podManifest('web-2'));
            await seen('web-1', 'web-2');
            const reached = sink.checkpoint('Pod')?.resourceVersion ?? '0';
            const before = listsOf('pods');
            faults.strikeWatches('pods', how);
            await env.apply(podManifest('web-3'));
            await env.apply(podManifest('web-4'));
            await seen('web-1', 'web-2', 'web-3', 'web-4');
            const again = watchesOf('pods').at(-1)?.query['resourceVersion'] ?? '0';
            expect(compareVersions(again, reached)).toBeGreaterThanOrEqual(0);
            expect(listsOf('pods')).toBe(before);
          },
        );

        it('lists after an ERROR event that says that the version is gone', async () => {
          await startSynced();
          await open('pods');
          const before = listsOf('pods');
          faults.strikeWatches('pods', 'error', 410);
          await env.apply(podManifest('web-1'));
          await seen('web-1');
          expect(listsOf('pods')).toBeGreaterThan(before);
        });

        it('notices a watch on which nothing comes any more', async () => {
          await startSynced({ client: { idleTimeout: 2_000 } });
          await open('pods');
          faults.strikeWatches('pods', 'silence');
          await env.apply(podManifest('web-1'));
          await seen('web-1');
        });

        it('keeps trying while connections are reset', async () => {
          await startSynced();
          await open('pods');
          faults.reset('watch', 'pods', 5);
          faults.strikeWatches('pods', 'reset');
          await env.apply(podManifest('web-1'));
          await seen('web-1');
        });
      });

      describe('when history is gone', () => {
        it('promise 3: finds what was deleted in a gap that the watch cannot bridge', async () => {
          for (const name of ['web-1', 'web-2', 'web-3', 'web-4']) await env.apply(podManifest(name));
          await startSynced();
          await seen('web-1', 'web-2', 'web-3', 'web-4');
          await faults.inGap(
            () => {
              faults.removeNow('Pod', 'shop', 'web-2');
              faults.applyNow(podManifest('web-5'));
            },
            { compact: true },
          );
          await seen('web-1', 'web-3', 'web-4', 'web-5');
          await settled(() => {
            expect(sink.checkpoint('Pod')?.gap).toBe(false);
          });
        });

        it.each([false, true])(
          'promise 2: tells a pod that was re-created in a gap from its predecessor (history gone: %s)',
          async (compact) => {
            await env.apply(podManifest('web-0', '10.1.0.1'));
            await startSynced();
            await seen('web-0');
            const before = sink.objects('Pod').find(({ name }) => name === 'web-0')?.uid;
            await faults.inGap(
              () => {
                faults.recreate('Pod', 'shop', 'web-0');
              },
              { compact },
            );
            await settled(() => {
              expect(pods()).toEqual(['web-0']);
              expect(sink.objects('Pod').map(({ uid }) => uid)).not.toContain(before);
            });
          },
        );

        it('promise 3: begins a list anew whose continuation expired, and the first one never counts', async () => {
          for (const number of [1, 2, 3, 4, 5]) await env.apply(podManifest(`web-${number}`));
          sink.close();
          await sinkWaits();
          await env.remove('Pod', 'shop', 'web-5');
          faults.compact();
          sink.open();
          await seen('web-1', 'web-2', 'web-3', 'web-4');
          const snapshots = new Set(
            sink.chunks.filter(({ kind }) => kind === 'Pod').map(({ snapshotId }) => snapshotId),
          );
          const complete = sink.chunks.filter(({ kind, last }) => kind === 'Pod' && last);
          expect(snapshots.size).toBe(2);
          expect(complete).toHaveLength(1);
        });

        async function sinkWaits(): Promise<void> {
          start();
          await settled(() => {
            expect(listsOf('pods')).toBeGreaterThan(0);
          });
        }

        it('promise 3: lists, asking for no version, when versions run backwards', async () => {
          await env.apply(podManifest('web-1'));
          const restore = faults.backup();
          await startSynced();
          for (const number of [2, 3, 4, 5, 6, 7, 8]) await env.apply(podManifest(`web-${number}`));
          await seen('web-1', 'web-2', 'web-3', 'web-4', 'web-5', 'web-6', 'web-7', 'web-8');
          const before = sink.checkpoint('Pod')?.resourceVersion ?? '0';
          restore();
          await seen('web-1');
          expect(compareVersions(sink.checkpoint('Pod')?.resourceVersion ?? '0', before)).toBeLessThan(0);
          expect(sink.chunks.at(-1)).toMatchObject({ authoritative: true });
          await env.apply(podManifest('web-9'));
          await seen('web-1', 'web-9');
        });
      });

      it('promise 3: lists when versions ran backwards while no watcher was running', async () => {
        await env.apply(podManifest('web-1'));
        const restore = faults.backup();
        const first = await startSynced();
        for (const number of [2, 3, 4]) await env.apply(podManifest(`web-${number}`));
        await seen('web-1', 'web-2', 'web-3', 'web-4');
        await first.stop();
        restore();
        await startSynced();
        await seen('web-1');
      });

      it('compares everything now and then, and so repairs what nobody foresaw', async () => {
        await env.apply(podManifest('web-1'));
        await startSynced({ tuning: { snapshots: { interval: 400, patience: 500, spacing: 50 } } });
        await seen('web-1');
        faults.loseEvents('pods', 1);
        await env.remove('Pod', 'shop', 'web-1');
        await seen();
      });

      it('promise 9: outlives an API server that is away', async () => {
        await env.apply(podManifest('web-1'));
        await startSynced();
        await seen('web-1');
        await faults.inGap(() => {
          faults.applyNow(podManifest('web-2'));
        });
        await seen('web-1', 'web-2');
        const before = sink.chunks.length;
        await env.apply(podManifest('web-3'));
        await seen('web-1', 'web-2', 'web-3');
        expect(sink.chunks).toHaveLength(before);
      });

      it('promise 3: opens no watch once its term is over', async () => {
        const watch = await startSynced();
        await open('pods');
        await watch.stop();
        await settled(() => {
          expect(faults.openWatches()).toBe(0);
        });
      });
    }
  });
}

function addressesOf(sink: RecordingSink, name: string): readonly string[] | undefined {
  const pod = sink.objects('Pod').find((object) => object.name === name);
  return pod?.kind === 'Pod' ? pod.content.addresses : undefined;
}

async function eventsRead(metrics: StartedWatch['metrics']): Promise<number> {
  const text = await metrics.render();
  const lines = text
    .split('\n')
    .filter((line) => line.startsWith('ces_watch_events_total{') && line.includes('kind="Pod"'));
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}
