import { describe, expect, it } from 'vitest';
import { objectKinds } from '#core/kinds';
import { type FailureMeaning } from './failure.js';
import { adviceFor, recover } from './recovery.js';

const refused = (meaning: FailureMeaning, retryAfter: number | null = null) =>
  ({ type: 'refused', meaning, retryAfter }) as const;

describe('recover', () => {
  it.each(['expired', 'version-too-large'] as const)('lists at once when the version is %s', (meaning) => {
    expect(recover(refused(meaning), 1)).toEqual({ list: 'expired', pause: null });
  });

  it('lists with a pause when that happens again before any progress', () => {
    expect(recover(refused('expired'), 2)).toEqual({ list: 'expired', pause: 0 });
  });

  it('waits as long as the server asks', () => {
    expect(recover(refused('throttled', 7_000), 1)).toEqual({ list: null, pause: 7_000 });
  });

  it('goes on watching after a server error, and lists when that does not help', () => {
    expect([1, 2, 3, 4, 5, 6].map((inARow) => recover(refused('unavailable'), inARow).list)).toEqual([
      null,
      null,
      null,
      null,
      'broken-watch',
      null,
    ]);
  });

  it('goes on watching after a lost connection, however often', () => {
    expect(recover({ type: 'unreachable' }, 100)).toEqual({ list: null, pause: 0 });
  });

  it('lists when what the server says cannot be read', () => {
    expect(recover({ type: 'unreadable' }, 1)).toEqual({ list: 'broken-watch', pause: 0 });
  });

  it.each(['not-found', 'unauthorized', 'forbidden', 'invalid'] as const)('tries again when it is %s', (meaning) => {
    expect(recover(refused(meaning), 1)).toEqual({ list: null, pause: 0 });
  });
});

describe('adviceFor', () => {
  it('tells a definition that is not installed from an API server that is too old', () => {
    expect(adviceFor('PodEgressRule', refused('not-found'))).toContain('apply the custom resource definitions');
    expect(adviceFor('EndpointSlice', refused('not-found'))).toContain('Kubernetes 1.29');
  });

  it('has a sentence for each kind and trouble', () => {
    for (const kind of objectKinds) {
      expect(adviceFor(kind, { type: 'unreachable' })).toMatch(/\.$/);
      expect(adviceFor(kind, refused('forbidden'))).toContain('ClusterRole');
    }
  });
});
