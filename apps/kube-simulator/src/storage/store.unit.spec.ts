import { describe, expect, it } from 'vitest';
import { type KubeObject } from '../objects/kube-object.js';
import { Store, type StoreEvent } from './store.js';

const object = (name: string, color = ''): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Thing',
  metadata: { name, uid: name, resourceVersion: '', creationTimestamp: '' },
  color,
});

const put = (store: Store, key: string, color = '') => store.put('things', key, object(key, color));
const names = (store: Store, revision?: number, prefix = '') =>
  [...store.entries('things', prefix, revision)].map(([, { metadata }]) => metadata.name);

describe('the store', () => {
  it('gives every write the next revision, a deletion too', () => {
    const store = new Store(100);
    expect(put(store, 'a').metadata.resourceVersion).toBe('2');
    expect(put(store, 'a', 'red').metadata.resourceVersion).toBe('3');
    expect(store.remove('things', 'a')).toMatchObject({ color: 'red', metadata: { resourceVersion: '4' } });
    expect([store.revision, store.get('things', 'a'), store.remove('things', 'a')]).toEqual([4, undefined, undefined]);
    expect(store.eventsSince(2).map(({ type, revision }) => [type, revision])).toEqual([
      ['MODIFIED', 3],
      ['DELETED', 4],
    ]);
  });

  it('lists in the order of keys, at any revision that is not forgotten', () => {
    const store = new Store(100);
    for (const key of ['b/x', 'a-b/x', 'a/x']) put(store, key);
    const before = store.revision;
    store.remove('things', 'a/x');
    put(store, 'a/y');
    expect(names(store)).toEqual(['a-b/x', 'a/y', 'b/x']);
    expect(names(store, before)).toEqual(['a-b/x', 'a/x', 'b/x']);
    expect(names(store, before, 'a/')).toEqual(['a/x']);
    expect([store.count('things'), store.count('others')]).toEqual([3, 0]);
  });

  it('forgets, when it is compacted, what only older reads could see', () => {
    const store = new Store(100);
    put(store, 'a');
    store.remove('things', 'a');
    put(store, 'b');
    store.compact();
    store.remove('things', 'b');
    expect(store.compactedRevision).toBe(4);
    expect([names(store, 4), names(store)]).toEqual([['b'], []]);
    expect(store.eventsSince(0).map(({ revision }) => revision)).toEqual([5]);
    store.compact(2);
    expect(store.compactedRevision).toBe(4);
  });

  it('keeps a bounded history by itself', () => {
    const store = new Store(8);
    for (let count = 0; count < 100; count += 1) put(store, 'a', String(count));
    expect(store.eventsSince(0).length).toBeLessThanOrEqual(10);
    expect(store.compactedRevision).toBeGreaterThan(80);
  });

  it('delivers in order what a listener writes meanwhile', () => {
    const store = new Store(100);
    const seen: string[] = [];
    const note =
      (listener: string) =>
      ({ object: { metadata } }: StoreEvent) =>
        seen.push(`${listener} ${metadata.resourceVersion}`);
    store.onEvent(note('first'));
    store.onEvent(({ revision }) => {
      if (revision === 2) put(store, 'follow-up');
    });
    const stop = store.onEvent(note('last'));
    put(store, 'a');
    stop();
    put(store, 'b');
    expect(seen).toEqual(['first 2', 'last 2', 'first 3', 'last 3', 'first 4']);
  });

  it('goes back to a backup: objects, revision, and no history', () => {
    const store = new Store(100);
    put(store, 'kept');
    const backup = store.backup();
    put(store, 'kept', 'changed');
    put(store, 'lost');
    let restored = 0;
    store.onRestore(() => (restored += 1));
    store.restore(backup);
    expect([restored, store.revision, store.compactedRevision, names(store)]).toEqual([1, 2, 2, ['kept']]);
    expect(store.get('things', 'kept')).toMatchObject({ color: '', metadata: { resourceVersion: '2' } });
    expect(put(store, 'new').metadata.resourceVersion).toBe('3');
  });
});
