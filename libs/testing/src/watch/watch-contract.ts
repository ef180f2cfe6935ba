import { describe, expect, it, vi } from 'vitest';
import { compareVersions } from '#core/resource-version';
import { podManifest, podRuleManifest, serviceManifest } from './manifests.js';
import { RecordingSink } from './recording-sink.js';
import { settled, useWatchFixture } from './watch-fixture.js';
import { type StartedWatch, type WatchedCluster } from './watched-cluster.js';

/** What a watcher must do on any cluster: a simulated one, or a real kube-apiserver. */
export function watchContract(cluster: string, create: () => Promise<WatchedCluster>): void {
  describe(`the watch of ${cluster}`, () => {
    const fixture = useWatchFixture(create);

    describe('in good times', () => {
      it('sends a snapshot of each kind, page by page, and then what happens', async () => {
        for (const number of [1, 2, 3, 4, 5, 6, 7]) await fixture.env.apply(podManifest(`web-${number}`));
        await fixture.startSynced();
        await fixture.seen('web-1', 'web-2', 'web-3', 'web-4', 'web-5', 'web-6', 'web-7');
        const chunks = fixture.sink.chunks.filter(({ kind }) => kind === 'Pod');
        expect(new Set(chunks.map(({ snapshotId }) => snapshotId)).size).toBe(1);
        expect(chunks.map(({ index, last }) => [index, last])).toEqual(
          chunks.map((_, index) => [index, index === chunks.length - 1]),
        );
        expect(chunks.length).toBeGreaterThanOrEqual(3);
        expect(chunks.every(({ authoritative, objects }) => authoritative && objects.length <= 3)).toBe(true);

        await fixture.env.apply(podManifest('web-8'));
        await fixture.env.remove('Pod', 'shop', 'web-1');
        await fixture.seen('web-2', 'web-3', 'web-4', 'web-5', 'web-6', 'web-7', 'web-8');
      });

      it('makes the same of an object whether it is listed or watched', async () => {
        await fixture.env.apply(podRuleManifest('listed'));
        await fixture.startSynced();
        await fixture.env.apply(podRuleManifest('watched'));
        await settled(() => {
          expect(fixture.sink.names('PodEgressRule', 'shop')).toEqual(['listed', 'watched']);
        });
        const [listed, watched] = fixture.sink.objects('PodEgressRule');
        expect(watched).toEqual({
          ...listed,
          name: 'watched',
          uid: watched?.uid,
          resourceVersion: watched?.resourceVersion,
          createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) as string,
        });
      });

      it('promise 3: drops an update that changes nothing that matters, and moves on all the same', async () => {
        await fixture.env.apply(podManifest('web-1'));
        await fixture.startSynced();
        await fixture.seen('web-1');
        const noisy = {
          ...podManifest('web-1'),
          metadata: { ...podManifest('web-1').metadata, annotations: { probe: '1' } },
        };
        await fixture.env.apply(noisy);
        await fixture.env.apply(podManifest('web-2'));
        await fixture.seen('web-1', 'web-2');
        const names = fixture.sink.changes('Pod').map((change) => (change.type === 'upsert' ? change.object.name : ''));
        expect(names).not.toContain('web-1');
        const newest = fixture.sink.objects('Pod').find(({ name }) => name === 'web-2')?.resourceVersion ?? '0';
        expect(compareVersions(fixture.sink.checkpoint('Pod')?.resourceVersion ?? '0', newest)).toBeGreaterThanOrEqual(
          0,
        );
      });

      it('promise 2: tells the pod that went from the one that came under its name', async () => {
        await fixture.env.apply(podManifest('web-0', '10.1.0.1'));
        await fixture.startSynced();
        await fixture.seen('web-0');
        const before = fixture.sink.objects('Pod').find(({ name }) => name === 'web-0')?.uid;
        await fixture.env.remove('Pod', 'shop', 'web-0');
        await fixture.env.apply(podManifest('web-0', '10.1.0.2'));
        await settled(() => {
          expect(addressesOf(fixture.sink, 'web-0')).toEqual(['10.1.0.2']);
        });
        expect(fixture.sink.objects('Pod').map(({ uid }) => uid)).not.toContain(before);
        expect(fixture.sink.changes('Pod')).toContainEqual(expect.objectContaining({ type: 'delete', uid: before }));
      });

      it('promise 3: begins each span where the one before it, or the snapshot, ended', async () => {
        await fixture.startSynced();
        for (const number of [1, 2, 3, 4, 5]) await fixture.env.apply(podManifest(`web-${number}`));
        await fixture.env.apply(serviceManifest('web'));
        await fixture.seen('web-1', 'web-2', 'web-3', 'web-4', 'web-5');
        for (const kind of ['Pod', 'Service'] as const) {
          let position = fixture.sink.chunks.find((chunk) => chunk.kind === kind && chunk.last)?.resourceVersion;
          for (const span of fixture.sink.batches.flatMap(({ spans }) => spans.filter((each) => each.kind === kind))) {
            expect(span.from).toBe(position);
            position = span.to;
          }
        }
        expect(fixture.sink.checkpoint('Pod')?.gap).toBe(false);
      });

      it('sends the configuration first, and again when it changes', async () => {
        const first = await fixture.startSynced();
        expect(fixture.sink.messages[0]).toMatchObject({
          form: 'configuration',
          cluster: 'k8s',
          text: 'clusterName: k8s\n',
        });
        first.configuration.replace('clusterName: k8s\nlayout: in-place\n');
        await settled(() => {
          expect(fixture.sink.messages.at(-1)).toMatchObject({
            form: 'configuration',
            text: 'clusterName: k8s\nlayout: in-place\n',
          });
        });
        await first.stop();
        const before = fixture.sink.messages.length;
        const again = fixture.start();
        again.configuration.replace('clusterName: k8s\nlayout: in-place\n');
        await settled(() => {
          expect(again.watch.state.synced).toBe(true);
        });
        expect(fixture.sink.messages.slice(before).map(({ form }) => form)).not.toContain('snapshot');
      });
    });

    describe('after a restart of the watcher', () => {
      it('promise 3: goes on from the checkpoint without a list, and finds what was deleted meanwhile', async () => {
        await fixture.env.apply(podManifest('web-1'));
        await fixture.env.apply(podManifest('web-2'));
        const first = await fixture.startSynced();
        await fixture.seen('web-1', 'web-2');
        await first.stop();
        await fixture.env.remove('Pod', 'shop', 'web-1');
        await fixture.env.apply(podManifest('web-3'));
        const before = fixture.sink.chunks.length;
        await fixture.startSynced();
        await fixture.seen('web-2', 'web-3');
        expect(fixture.sink.chunks).toHaveLength(before);
        expect(fixture.sink.checkpoint('Pod')?.gap).toBe(false);
      });

      it('promise 3: lists again when the projection has a gap', async () => {
        const first = await fixture.startSynced();
        await fixture.env.apply(podManifest('web-1'));
        await fixture.seen('web-1');
        await first.stop();
        fixture.sink.stand({ kind: 'Pod', resourceVersion: '1', gap: true });
        const before = fixture.sink.chunks.length;
        await fixture.startSynced();
        await settled(() => {
          expect(fixture.sink.checkpoint('Pod')?.gap).toBe(false);
        });
        expect(fixture.sink.chunks.slice(before).map(({ kind }) => kind)).toContain('Pod');
        expect(fixture.sink.chunks.slice(before).map(({ kind }) => kind)).not.toContain('Service');
      });
    });

    describe('when the stream fails', () => {
      it('promise 9: holds a bounded number of changes while it is away, and then delivers all', async () => {
        const { metrics } = await fixture.startSynced({
          tuning: { batch: { changes: 10, bytes: 1e6, changeDelay: 5, spanDelay: 20 } },
        });
        fixture.sink.close();
        const witness = new RecordingSink();
        const free = await fixture.startSynced({}, witness);
        for (let round = 1; round <= 60; round += 1) await fixture.env.apply(podManifest('web-1', `10.1.0.${round}`));
        await settled(() => {
          expect(addressesOf(witness, 'web-1')).toEqual(['10.1.0.60']);
        });
        // An open batch and the one that waits hold 10 changes each; updates that change nothing come in between.
        expect(await eventsRead(metrics)).toBeLessThan((await eventsRead(free.metrics)) / 2);
        fixture.sink.open();
        await settled(() => {
          expect(addressesOf(fixture.sink, 'web-1')).toEqual(['10.1.0.60']);
        });
        expect(fixture.sink.changes('Pod').length).toBeGreaterThanOrEqual(60);
        expect(fixture.sink.checkpoint('Pod')?.gap).toBe(false);
      });

      it('promise 9: publishes again what was refused', async () => {
        fixture.sink.refuse(4);
        await fixture.startSynced();
        fixture.sink.refuse(2);
        await fixture.env.apply(podManifest('web-1'));
        await fixture.seen('web-1');
        expect(fixture.sink.checkpoint('Pod')?.gap).toBe(false);
      });

      it('promise 3: lists again when the stream lost a message', async () => {
        await fixture.env.apply(podManifest('web-1'));
        await fixture.startSynced();
        await fixture.seen('web-1');
        fixture.sink.lose(1);
        await fixture.env.remove('Pod', 'shop', 'web-1');
        await settled(() => {
          expect(fixture.sink.losses).toBe(0);
        });
        await fixture.env.apply(podManifest('web-2'));
        await fixture.seen('web-2');
        await settled(() => {
          expect(fixture.sink.checkpoint('Pod')?.gap).toBe(false);
        });
      });

      it('sends the configuration again when the stream lost it', async () => {
        fixture.sink.lose(1);
        await fixture.startSynced();
        await settled(() => {
          expect(fixture.sink.messages.filter(({ form }) => form === 'configuration')).toHaveLength(1);
        });
      });

      it('promise 3: is quiet once its term is over, also in the middle of a list', async () => {
        for (const number of [1, 2, 3, 4]) await fixture.env.apply(podManifest(`web-${number}`));
        fixture.sink.close();
        const watch = fixture.start();
        await watch.stop();
        const before = fixture.sink.messages.length;
        fixture.sink.open();
        await fixture.env.apply(podManifest('web-5'));
        const witness = new RecordingSink();
        fixture.start({}, witness);
        await settled(() => {
          expect(witness.names('Pod', 'shop')).toContain('web-5');
        });
        expect(fixture.sink.messages.length - before).toBeLessThanOrEqual(1);
        expect(fixture.sink.chunks).toEqual([]);
      });
    });

    it('moves the checkpoint of a quiet kind by bookmarks, so that its version stays good', async () => {
      // An API server sends one about once a minute, and two seconds before a watch ends as agreed.
      await fixture.startSynced({ tuning: { watchSeconds: 4 } });
      const lists = fixture.sink.chunks.length;
      await fixture.env.apply(podManifest('web-1'));
      await fixture.seen('web-1');
      const newest = fixture.sink.checkpoint('Pod')?.resourceVersion ?? '0';
      await vi.waitFor(
        () => {
          const { resourceVersion } = fixture.sink.checkpoint('Service') ?? { resourceVersion: '0' };
          expect(compareVersions(resourceVersion, newest)).toBeGreaterThanOrEqual(0);
        },
        { timeout: 50_000 },
      );
      expect(fixture.sink.changes('Service')).toEqual([]);
      expect(fixture.sink.chunks).toHaveLength(lists);
    });
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
