import { describe, expect, it } from 'vitest';
import { type Draft } from '../objects/kube-object.js';
import { afterUpdate, managerName, type Manager } from './managed-fields.js';

const by = (manager: string, subresource = ''): Manager => ({
  manager,
  operation: 'Update',
  apiVersion: 'v1',
  subresource,
});
const object = (spec: Draft['spec'], labels: Record<string, string> = {}): Draft => ({
  apiVersion: 'v1',
  kind: 'Thing',
  metadata: { name: 'x', labels },
  spec: spec ?? {},
});

describe('the managers of fields', () => {
  it('own what they changed last; what is gone nobody owns', () => {
    const one = object({ a: 1, b: 1, c: [1] }, { team: 'x' });
    const created = afterUpdate([], undefined, one, by('creator'), 'then');
    expect(created).toMatchObject([
      {
        manager: 'creator',
        fieldsV1: {
          'f:metadata': { 'f:labels': { '.': {}, 'f:team': {} } },
          'f:spec': { 'f:a': {}, 'f:b': {}, 'f:c': {} },
        },
      },
    ]);
    const two = object({ b: 2, c: [1] }, { team: 'x' });
    const changed = afterUpdate(created, one, two, by('editor'), 'now');
    expect(changed.map(({ manager, time, fieldsV1 }) => [manager, time, fieldsV1['f:spec']])).toEqual([
      ['creator', 'then', { 'f:c': {} }],
      ['editor', 'now', { 'f:b': {} }],
    ]);
  });

  it('stay the same when nothing changes', () => {
    const one = object({ a: 1 });
    const created = afterUpdate([], undefined, one, by('creator'), 'then');
    expect(afterUpdate(created, one, structuredClone(one), by('editor'), 'now')).toEqual(created);
  });

  it('are told apart by subresource, and go when they own nothing', () => {
    const one = object({ a: 1 });
    const created = afterUpdate([], undefined, one, by('m'), 'then');
    const two = { ...one, status: { phase: 'x' } };
    const reported = afterUpdate(created, one, two, by('m', 'status'), 'now');
    expect(reported.map(({ subresource }) => subresource)).toEqual([undefined, 'status']);
    expect(afterUpdate(reported, two, one, by('m', 'status'), 'now')).toEqual(created);
  });

  it.each([
    ['kubectl-edit', 'kubectl/v1.32', 'kubectl-edit'],
    [undefined, 'kubectl/v1.32.4 (linux/amd64)', 'kubectl'],
    ['', 'naïve-client/1', 'nave-client'],
    [undefined, undefined, 'unknown'],
  ])('are named after fieldManager %s and user agent %s: %s', (fieldManager, userAgent, name) => {
    expect(managerName(fieldManager, userAgent)).toBe(name);
  });
});
