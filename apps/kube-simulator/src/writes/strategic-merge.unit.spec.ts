import { describe, expect, it } from 'vitest';
import { type JsonObject } from '#core/json';
import { strategicMerge } from './strategic-merge.js';

const original: JsonObject = {
  metadata: { labels: { a: '1', b: '2' }, finalizers: ['x'] },
  spec: {
    containers: [
      { name: 'main', image: 'one', env: [{ name: 'A', value: '1' }] },
      { name: 'side', image: 'two' },
    ],
    tolerations: [{ key: 'a' }],
  },
};

const merged = (patch: JsonObject): JsonObject => strategicMerge('Pod', original, patch);

describe('a strategic merge patch', () => {
  it('merges maps, and lists by their keys, also inside of lists', () => {
    expect(
      merged({
        metadata: { labels: { a: null, c: '3' } },
        spec: {
          containers: [
            { name: 'main', env: [{ name: 'B', value: '2' }] },
            { name: 'new', image: 'three' },
          ],
        },
      }),
    ).toMatchObject({
      metadata: { labels: { b: '2', c: '3' } },
      spec: {
        containers: [
          { name: 'main', image: 'one', env: [{ name: 'A' }, { name: 'B' }] },
          { name: 'side', image: 'two' },
          { name: 'new', image: 'three' },
        ],
      },
    });
  });

  it('replaces other lists, and adds to sets', () => {
    expect(merged({ spec: { tolerations: [{ key: 'b' }] }, metadata: { finalizers: ['y', 'x'] } })).toMatchObject({
      spec: { tolerations: [{ key: 'b' }] },
      metadata: { finalizers: ['x', 'y'] },
    });
  });

  it('follows the directives', () => {
    const containers = (patch: JsonObject) => merged({ spec: patch })['spec'];
    expect(containers({ containers: [{ $patch: 'delete', name: 'side' }] })).toMatchObject({
      containers: [{ name: 'main' }],
    });
    expect(containers({ containers: [{ $patch: 'replace' }, { name: 'only' }] })).toMatchObject({
      containers: [{ name: 'only' }],
    });
    expect(containers({ $patch: 'replace', hostNetwork: true })).toEqual({ hostNetwork: true });
    expect(containers({ $patch: 'delete' })).toEqual({});
    expect(containers({ $retainKeys: ['tolerations'] })).toEqual({ tolerations: [{ key: 'a' }] });
    expect(
      containers({
        '$setElementOrder/containers': [{ name: 'side' }, { name: 'new' }, { name: 'main' }],
        containers: [{ name: 'new', image: 'three' }],
      }),
    ).toMatchObject({ containers: [{ name: 'side' }, { name: 'new' }, { name: 'main' }] });
    expect(merged({ metadata: { '$deleteFromPrimitiveList/finalizers': ['x'] } })).toMatchObject({
      metadata: { finalizers: [] },
    });
  });

  it('leaves the original as it was', () => {
    const before = structuredClone(original);
    merged({ spec: { containers: [{ name: 'main', image: 'changed' }] } });
    expect(original).toEqual(before);
  });
});
