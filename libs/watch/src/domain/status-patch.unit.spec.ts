import { describe, expect, it } from 'vitest';
import { type RuleStatus } from '#core/status';
import { sameStatus, statusPatch } from './status-patch.js';

const status: RuleStatus = {
  phase: 'Success',
  conditions: [
    {
      type: 'Accepted',
      status: 'True',
      reason: 'Accepted',
      message: 'The rule is understood.',
      observedGeneration: 2,
      lastTransitionTime: '2026-01-01T00:00:00Z',
    },
  ],
  observedGeneration: 2,
  addresses: 3,
  version: 7,
};

describe('statusPatch', () => {
  it('sets the whole status of that very object', () => {
    expect(statusPatch('uid-1', status)).toEqual([
      { op: 'test', path: '/metadata/uid', value: 'uid-1' },
      { op: 'add', path: '/status', value: status },
    ]);
  });

  it('leaves the count out when the source is everyone', () => {
    const { addresses: _, ...everyone } = status;
    expect(JSON.stringify(statusPatch('uid-1', everyone))).not.toContain('addresses');
  });
});

describe('sameStatus', () => {
  it('compares what is written', () => {
    expect(sameStatus(status, { ...status })).toBe(true);
    expect(sameStatus(status, { ...status, version: 8 })).toBe(false);
    expect(sameStatus(status, { ...status, conditions: [] })).toBe(false);
  });
});
