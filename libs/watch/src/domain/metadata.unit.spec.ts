import { describe, expect, it } from 'vitest';
import { lastManager, readGeneration } from './metadata.js';

describe('lastManager', () => {
  it('names the manager of the latest entry that is not about a subresource', () => {
    const managedFields = [
      { manager: 'argocd-controller', time: '2026-01-02T00:00:00Z' },
      { manager: 'kubectl-edit', time: '2026-01-01T00:00:00Z' },
      { manager: 'container-egress-services', time: '2026-01-03T00:00:00Z', subresource: 'status' },
    ];
    expect(lastManager({ managedFields })).toBe('argocd-controller');
  });

  it('takes the later entry of equal times, and one without a time for the oldest', () => {
    const time = '2026-01-02T00:00:00Z';
    expect(lastManager({ managedFields: [{ manager: 'a', time }, { manager: 'b', time }, { manager: 'c' }] })).toBe(
      'b',
    );
  });

  it('knows none where there is nothing to read', () => {
    expect(lastManager({})).toBeNull();
    expect(lastManager({ managedFields: ['x', { manager: 7 }, null] })).toBeNull();
  });
});

describe('readGeneration', () => {
  it('is 0 where there is none', () => {
    expect([readGeneration({ generation: 4 }), readGeneration({}), readGeneration({ generation: 'x' })]).toEqual([
      4, 0, 0,
    ]);
  });
});
