import { describe, expect, it } from 'vitest';
import { rawPod, rawPodRule } from '#testing/watch/raw-objects';
import { KnownObjects } from './known.js';
import { prunePage, readListPage } from './list-page.js';

const pods = (count: number) =>
  Array.from({ length: count }, (_, index) =>
    rawPod({ metadata: { uid: `uid-${index}`, resourceVersion: String(index) } }),
  );
const sizes = (page: ReturnType<typeof prunePage>) => page.chunks.map((chunk) => chunk.length);

describe('readListPage', () => {
  it('reads a page and what asks for the next one', () => {
    const page = { kind: 'PodList', metadata: { resourceVersion: '500', continue: 'token' }, items: [rawPod()] };
    expect(readListPage('Pod', page)).toEqual({ resourceVersion: '500', continuation: 'token', items: [rawPod()] });
  });

  it('takes null for an empty list, as old API servers write it', () => {
    const page = { metadata: { resourceVersion: '500', continue: '' }, items: null };
    expect(readListPage('Pod', page)).toEqual({ resourceVersion: '500', continuation: null, items: [] });
  });

  it.each([
    [null],
    ['<html>'],
    [{ items: [] }],
    [{ metadata: { resourceVersion: 'x' }, items: [] }],
    [{ metadata: { resourceVersion: '5' }, items: 7 }],
  ])('promise 1: never takes something else for an empty list (%j)', (answer) => {
    expect(() => readListPage('Pod', answer)).toThrow('answered a list of Pod with something else');
  });
});

describe('prunePage', () => {
  it('makes one chunk of nothing: an empty snapshot says that there is nothing', () => {
    expect(prunePage('Pod', [], new KnownObjects(), { objects: 10, bytes: 1_000 }, false).chunks).toEqual([[]]);
  });

  it('divides by number and by size', () => {
    expect(sizes(prunePage('Pod', pods(25), new KnownObjects(), { objects: 10, bytes: 1e6 }, false))).toEqual([
      10, 10, 5,
    ]);
    const contentSize = JSON.stringify({
      ...{
        labels: { app: 'web' },
        addresses: ['10.1.2.3'],
        hostNetwork: false,
        finished: false,
        owner: 'ReplicaSet/web-7d9f',
      },
    }).length;
    const limits = { objects: 10, bytes: 3 * contentSize };
    expect(sizes(prunePage('Pod', pods(7), new KnownObjects(), limits, false))).toEqual([3, 3, 1]);
    expect(sizes(prunePage('Pod', pods(2), new KnownObjects(), { objects: 10, bytes: 1 }, false))).toEqual([1, 1]);
  });

  it('remembers what it read', () => {
    const known = new KnownObjects();
    prunePage('Pod', pods(3), known, { objects: 10, bytes: 1e6 }, false);
    expect(known.size).toBe(3);
  });

  it('promise 1: leaves a pod out that is not understood, so that it counts as gone', () => {
    const items = [...pods(2), rawPod({ metadata: { uid: 'broken' }, status: { podIPs: 7 } }), 'text'];
    const page = prunePage('Pod', items, new KnownObjects(), { objects: 10, bytes: 1e6 }, false);
    expect(page.chunks.flat().map(({ uid }) => uid)).toEqual(['uid-0', 'uid-1']);
    expect(page.misunderstood).toEqual(['status.podIPs is not a list', 'it is not an object']);
  });

  it('promise 1: never leaves a rule out of a snapshot, for it may be a denial', () => {
    const nameless = rawPodRule({ metadata: { uid: null } });
    expect(() =>
      prunePage('PodEgressRule', [rawPodRule(), nameless], new KnownObjects(), { objects: 10, bytes: 1e6 }, true),
    ).toThrow('A PodEgressRule in the list does not say which one it is: metadata.uid is missing.');
  });
});
