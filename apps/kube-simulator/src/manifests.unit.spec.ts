import { describe, expect, it } from 'vitest';
import { parseManifests } from './manifests.js';

const lines = (text: string) => parseManifests(text).map(({ content, line }) => [content['kind'], line]);

describe('manifests', () => {
  it('are documents, each with the line where it begins', () => {
    expect(lines('# first\nkind: A\n---\n---\nkind: B\n')).toEqual([
      ['A', 2],
      ['B', 5],
    ]);
  });

  it('are the items of lists, and JSON as well', () => {
    expect(lines('kind: List\nitems:\n- kind: A\n- kind: BList\n  items: [{ kind: C }]\n')).toEqual([
      ['A', 1],
      ['C', 1],
    ]);
    expect(lines('{"kind":"A"}')).toEqual([['A', 1]]);
  });

  it('are refused with the line of what is wrong', () => {
    expect(() => lines('kind: A\n---\nkind: [\n')).toThrow(/^line 3: /);
    expect(() => lines('kind: A\n---\njust text\n')).toThrow('line 3: expected an object with apiVersion and kind');
  });
});
