import { describe, expect, it } from 'vitest';
import { rawPod, rawPodRule } from '#testing/watch/raw-objects';
import { interpret } from './interpret.js';
import { KnownObjects } from './known.js';

const upsert = (object: ReturnType<typeof rawPod>) => ({ type: 'upsert', object }) as const;
const remove = (object: ReturnType<typeof rawPod>) => ({ type: 'delete', object }) as const;

describe('interpret', () => {
  it('passes on an object with its version', () => {
    expect(interpret('Pod', upsert(rawPod()), new KnownObjects(), '90')).toMatchObject({
      result: 'notice',
      type: 'upsert',
      notice: { kind: 'Pod', to: '100', change: { type: 'upsert', object: { uid: 'pod-uid-1' } } },
    });
  });

  it('promise 3: passes on only the version of an update that changes nothing that matters', () => {
    const known = new KnownObjects();
    interpret('Pod', upsert(rawPod()), known, '90');
    const probed = rawPod({ metadata: { resourceVersion: '101' }, status: { conditions: [{ type: 'Ready' }] } });
    expect(interpret('Pod', upsert(probed), known, '100')).toMatchObject({
      type: 'unchanged',
      notice: { change: null, to: '101' },
    });
  });

  it('takes the version of a deletion from the event', () => {
    const known = new KnownObjects();
    known.see({ ...podObject() });
    const gone = rawPod({ metadata: { resourceVersion: '140' } });
    expect(interpret('Pod', remove(gone), known, '100')).toMatchObject({
      type: 'delete',
      notice: {
        to: '140',
        change: {
          type: 'delete',
          kind: 'Pod',
          uid: 'pod-uid-1',
          namespace: 'shop',
          name: 'web-1',
          resourceVersion: '140',
        },
      },
    });
    expect(known.size).toBe(0);
  });

  it('tells the pod that went from the one that came under its name', () => {
    const known = new KnownObjects();
    interpret('Pod', upsert(rawPod()), known, '90');
    const old = interpret('Pod', remove(rawPod({ metadata: { resourceVersion: '101' } })), known, '100');
    const recreated = rawPod({ metadata: { uid: 'pod-uid-2', resourceVersion: '102' } });
    const fresh = interpret('Pod', upsert(recreated), known, '101');
    expect([old, fresh]).toMatchObject([
      { notice: { change: { type: 'delete', uid: 'pod-uid-1' } } },
      { notice: { change: { type: 'upsert', object: { uid: 'pod-uid-2' } } } },
    ]);
  });

  it('promise 1: a pod that is no longer understood counts as gone', () => {
    const known = new KnownObjects();
    interpret('Pod', upsert(rawPod()), known, '90');
    const broken = rawPod({ metadata: { resourceVersion: '103' }, status: { podIPs: 'many' } });
    expect(interpret('Pod', upsert(broken), known, '100')).toMatchObject({
      type: 'delete',
      misunderstood: 'status.podIPs is not a list',
      notice: { to: '103', change: { type: 'delete', uid: 'pod-uid-1', resourceVersion: '103' } },
    });
    const repaired = rawPod({ metadata: { resourceVersion: '104' } });
    expect(interpret('Pod', upsert(repaired), known, '103')).toMatchObject({ type: 'upsert' });
  });

  it('promise 1: a rule whose spec is nonsense is passed on as it is', () => {
    const rule = { ...rawPodRule(), spec: 'nonsense' };
    expect(interpret('PodEgressRule', upsert(rule), new KnownObjects(), '1')).toMatchObject({
      type: 'upsert',
      misunderstood: null,
      notice: { change: { object: { content: { spec: 'nonsense' } } } },
    });
  });

  it('cannot go on from an event that does not say whom it is about', () => {
    const nameless = upsert(rawPod({ metadata: { uid: null } }));
    expect(interpret('Pod', nameless, new KnownObjects(), '1')).toEqual({
      result: 'unusable',
      reason: 'metadata.uid is missing',
    });
    expect(interpret('Pod', { ...nameless, type: 'delete' }, new KnownObjects(), '1').result).toBe('unusable');
  });

  it('moves by a bookmark, and never backwards', () => {
    const known = new KnownObjects();
    const bookmark = (resourceVersion: string) => interpret('Pod', { type: 'bookmark', resourceVersion }, known, '100');
    expect(bookmark('120')).toMatchObject({ type: 'bookmark', notice: { change: null, to: '120' } });
    expect(bookmark('99')).toMatchObject({ notice: { to: '100' } });
  });
});

function podObject() {
  return {
    kind: 'Pod',
    uid: 'pod-uid-1',
    namespace: 'shop',
    name: 'web-1',
    resourceVersion: '100',
    generation: 0,
    createdAt: null,
    manager: null,
    content: { labels: {}, addresses: [], hostNetwork: false, finished: false, owner: null },
  } as const;
}
