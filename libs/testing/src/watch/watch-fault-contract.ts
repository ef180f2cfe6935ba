import { describe, expect, it } from 'vitest';
import { compareVersions } from '#core/resource-version';
import { podManifest } from './manifests.js';
import { settled, useWatchFixture } from './watch-fixture.js';
import { type FaultyCluster } from './watched-cluster.js';

/**
 * What a watcher must do on a cluster that behaves as badly as API servers and networks do. The cases are those that
 * broke the informer of @kubernetes/client-node, and the duties of client-go's reflector.
 */
export function watchFaultContract(cluster: string, create: () => Promise<FaultyCluster>): void {
  describe(`the watch of ${cluster}, in bad times`, () => {
    const fixture = useWatchFixture(create);
    const faults = () => fixture.env.faults;
    const listsOf = (resource: string) =>
      faults()
        .requests()
        .filter(({ path, query }) => path.endsWith(`/${resource}`) && query['limit'] === '3').length;
    const watchesOf = (resource: string) =>
      faults()
        .requests()
        .filter(({ path, query }) => path.endsWith(`/${resource}`) && query['watch'] === 'true');
    const open = async (resource: string) => {
      await settled(() => {
        expect(faults().openWatches(resource)).toBe(1);
      });
    };

    describe('when the API server refuses', () => {
      it.each([429, 500, 503])('goes on after an answer of %i, and misses nothing', async (code) => {
        await fixture.env.apply(podManifest('web-1'));
        faults().refuse('list', 'pods', code, { times: 2 });
        faults().refuse('watch', 'pods', code, { times: 3 });
        await fixture.startSynced();
        await fixture.env.apply(podManifest('web-2'));
        await fixture.seen('web-1', 'web-2');
      });

      it('waits as long as the API server asks', async () => {
        faults().refuse('watch', 'pods', 429, { retryAfterSeconds: 1 });
        await fixture.startSynced();
        await open('pods');
        const [refused, accepted] = watchesOf('pods').map(({ at }) => Date.parse(at));
        expect((accepted ?? 0) - (refused ?? 0)).toBeGreaterThanOrEqual(990);
      });

      it('asks for bookmarks, from the version that it stands at, for 5 to 10 minutes', async () => {
        await fixture.startSynced();
        const query = watchesOf('pods')[0]?.query;
        const listed = fixture.sink.chunks.find(({ kind }) => kind === 'Pod')?.resourceVersion;
        expect(query).toMatchObject({ allowWatchBookmarks: 'true', resourceVersion: listed });
        expect(Number(query?.['timeoutSeconds'])).toBeGreaterThanOrEqual(300);
        expect(Number(query?.['timeoutSeconds'])).toBeLessThanOrEqual(600);
      });

      it('says what to do when the definitions of CES are not installed, and goes on when they are', async () => {
        faults().refuse('list', 'podegressrules', 404, { times: 'forever' });
        const { watch } = fixture.start();
        await settled(() => {
          expect(watch.state.problems).toEqual([
            'PodEgressRule is not installed: apply the custom resource definitions of CES (k8s/base/crds).',
          ]);
        });
        expect(watch.state.synced).toBe(false);
        faults().clear();
        await settled(() => {
          expect(watch.state).toEqual({ synced: true, problems: [] });
        });
      });

      it('promise 3: lists anew when the answer to a watch is that the version is gone', async () => {
        await fixture.env.apply(podManifest('web-1'));
        await fixture.startSynced();
        await open('pods');
        faults().refuse('watch', 'pods', 410, { times: 2 });
        const before = listsOf('pods');
        faults().strikeWatches('pods', 'close');
        await settled(() => {
          expect(listsOf('pods')).toBe(before + 2);
        });
        await fixture.env.apply(podManifest('web-2'));
        await fixture.seen('web-1', 'web-2');
      });

      it('lists anew when the version is too large for the API server', async () => {
        await fixture.startSynced();
        await open('pods');
        const message = 'Too large resource version: 900, current: 100';
        faults().refuse('watch', 'pods', 504, { message });
        const before = listsOf('pods');
        faults().strikeWatches('pods', 'close');
        await settled(() => {
          expect(listsOf('pods')).toBe(before + 1);
        });
        await fixture.env.apply(podManifest('web-1'));
        await fixture.seen('web-1');
      });
    });

    describe('when a watch breaks', () => {
      it.each(['close', 'reset', 'error', 'cut'] as const)(
        'goes on after %s without a list, and misses nothing',
        async (how) => {
          await fixture.env.apply(podManifest('web-1'));
          await fixture.startSynced();
          await open('pods');
          await fixture.env.apply(podManifest('web-2'));
          await fixture.seen('web-1', 'web-2');
          const reached = fixture.sink.checkpoint('Pod')?.resourceVersion ?? '0';
          const before = listsOf('pods');
          faults().strikeWatches('pods', how);
          await fixture.env.apply(podManifest('web-3'));
          await fixture.env.apply(podManifest('web-4'));
          await fixture.seen('web-1', 'web-2', 'web-3', 'web-4');
          const again = watchesOf('pods').at(-1)?.query['resourceVersion'] ?? '0';
          expect(compareVersions(again, reached)).toBeGreaterThanOrEqual(0);
          expect(listsOf('pods')).toBe(before);
        },
      );

      it('lists after an ERROR event that says that the version is gone', async () => {
        await fixture.startSynced();
        await open('pods');
        const before = listsOf('pods');
        faults().strikeWatches('pods', 'error', 410);
        await fixture.env.apply(podManifest('web-1'));
        await fixture.seen('web-1');
        expect(listsOf('pods')).toBeGreaterThan(before);
      });

      it('notices a watch on which nothing comes any more', async () => {
        await fixture.startSynced({ client: { idleTimeout: 2_000 } });
        await open('pods');
        faults().strikeWatches('pods', 'silence');
        await fixture.env.apply(podManifest('web-1'));
        await fixture.seen('web-1');
      });

      it('keeps trying while connections are reset', async () => {
        await fixture.startSynced();
        await open('pods');
        faults().reset('watch', 'pods', 5);
        faults().strikeWatches('pods', 'reset');
        await fixture.env.apply(podManifest('web-1'));
        await fixture.seen('web-1');
      });
    });

    describe('when history is gone', () => {
      it('promise 3: finds what was deleted in a gap that the watch cannot bridge', async () => {
        for (const name of ['web-1', 'web-2', 'web-3', 'web-4']) await fixture.env.apply(podManifest(name));
        await fixture.startSynced();
        await fixture.seen('web-1', 'web-2', 'web-3', 'web-4');
        await faults().inGap(
          () => {
            faults().removeNow('Pod', 'shop', 'web-2');
            faults().applyNow(podManifest('web-5'));
          },
          { compact: true },
        );
        await fixture.seen('web-1', 'web-3', 'web-4', 'web-5');
        await settled(() => {
          expect(fixture.sink.checkpoint('Pod')?.gap).toBe(false);
        });
      });

      it.each([false, true])(
        'promise 2: tells a pod that was re-created in a gap from its predecessor (history gone: %s)',
        async (compact) => {
          await fixture.env.apply(podManifest('web-0', '10.1.0.1'));
          await fixture.startSynced();
          await fixture.seen('web-0');
          const before = fixture.sink.objects('Pod').find(({ name }) => name === 'web-0')?.uid;
          await faults().inGap(
            () => {
              faults().recreate('Pod', 'shop', 'web-0');
            },
            { compact },
          );
          await settled(() => {
            expect(fixture.sink.names('Pod', 'shop')).toEqual(['web-0']);
            expect(fixture.sink.objects('Pod').map(({ uid }) => uid)).not.toContain(before);
          });
        },
      );

      it('promise 3: begins a list anew whose continuation expired, and the first one never counts', async () => {
        for (const number of [1, 2, 3, 4, 5]) await fixture.env.apply(podManifest(`web-${number}`));
        fixture.sink.close();
        await sinkWaits();
        await fixture.env.remove('Pod', 'shop', 'web-5');
        faults().compact();
        fixture.sink.open();
        await fixture.seen('web-1', 'web-2', 'web-3', 'web-4');
        const snapshots = new Set(
          fixture.sink.chunks.filter(({ kind }) => kind === 'Pod').map(({ snapshotId }) => snapshotId),
        );
        const complete = fixture.sink.chunks.filter(({ kind, last }) => kind === 'Pod' && last);
        expect(snapshots.size).toBe(2);
        expect(complete).toHaveLength(1);
      });

      async function sinkWaits(): Promise<void> {
        fixture.start();
        await settled(() => {
          expect(listsOf('pods')).toBeGreaterThan(0);
        });
      }

      it('promise 3: lists, asking for no version, when versions run backwards', async () => {
        await fixture.env.apply(podManifest('web-1'));
        const restore = faults().backup();
        await fixture.startSynced();
        for (const number of [2, 3, 4, 5, 6, 7, 8]) await fixture.env.apply(podManifest(`web-${number}`));
        await fixture.seen('web-1', 'web-2', 'web-3', 'web-4', 'web-5', 'web-6', 'web-7', 'web-8');
        const before = fixture.sink.checkpoint('Pod')?.resourceVersion ?? '0';
        restore();
        await fixture.seen('web-1');
        expect(compareVersions(fixture.sink.checkpoint('Pod')?.resourceVersion ?? '0', before)).toBeLessThan(0);
        expect(fixture.sink.chunks.at(-1)).toMatchObject({ authoritative: true });
        await fixture.env.apply(podManifest('web-9'));
        await fixture.seen('web-1', 'web-9');
      });
    });

    it('promise 3: lists when versions ran backwards while no watcher was running', async () => {
      await fixture.env.apply(podManifest('web-1'));
      const restore = faults().backup();
      const first = await fixture.startSynced();
      for (const number of [2, 3, 4]) await fixture.env.apply(podManifest(`web-${number}`));
      await fixture.seen('web-1', 'web-2', 'web-3', 'web-4');
      await first.stop();
      restore();
      await fixture.startSynced();
      await fixture.seen('web-1');
    });

    it('compares everything now and then, and so repairs what nobody foresaw', async () => {
      await fixture.env.apply(podManifest('web-1'));
      await fixture.startSynced({ tuning: { snapshots: { interval: 400, patience: 500, spacing: 50 } } });
      await fixture.seen('web-1');
      faults().loseEvents('pods', 1);
      await fixture.env.remove('Pod', 'shop', 'web-1');
      await fixture.seen();
    });

    it('promise 9: outlives an API server that is away', async () => {
      await fixture.env.apply(podManifest('web-1'));
      await fixture.startSynced();
      await fixture.seen('web-1');
      await faults().inGap(() => {
        faults().applyNow(podManifest('web-2'));
      });
      await fixture.seen('web-1', 'web-2');
      const before = fixture.sink.chunks.length;
      await fixture.env.apply(podManifest('web-3'));
      await fixture.seen('web-1', 'web-2', 'web-3');
      expect(fixture.sink.chunks).toHaveLength(before);
    });

    it('promise 3: opens no watch once its term is over', async () => {
      const watch = await fixture.startSynced();
      await open('pods');
      await watch.stop();
      await settled(() => {
        expect(faults().openWatches()).toBe(0);
      });
    });
  });
}
