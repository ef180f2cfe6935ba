import { type LastOutcome, type TenantSummary } from '#project/ports/queries';
import { expect, test } from 'vitest';
import { drift, tenantSummary } from '../testing/summaries.spec.js';
import { standingOf } from './tenant-standing.js';

function outcome(overrides: Partial<LastOutcome>): LastOutcome {
  return { outcome: 'waiting', reason: null, message: null, at: new Date('2026-01-01T00:00:00Z'), ...overrides };
}

test.each<[what: string, Partial<TenantSummary>, ReturnType<typeof standingOf>]>([
  ['nothing wanted', {}, { state: 'in step', why: '' }],
  ['an old trouble that is over', { lastOutcome: outcome({ outcome: 'failed' }) }, { state: 'in step', why: '' }],
  [
    'a device that was changed by somebody else',
    { drift: drift('report') },
    { state: 'drifted', why: 'It was changed. See: ces audit 12' },
  ],
  [
    'the same, on its way back',
    { applied: 9, resync: true, drift: drift('repair') },
    { state: 'waiting', why: 'It was changed. See: ces audit 12' },
  ],
  ['an attempt under way', { open: true, applied: 9 }, { state: 'declaring', why: 'A declaration is under way.' }],
  ['something new', { applied: 9 }, { state: 'waiting', why: 'Changes are on their way.' }],
  ['a resync', { applied: 9, resync: true }, { state: 'waiting', why: 'A resync was asked for.' }],
  [
    'a device that is away',
    { applied: 9, lastOutcome: outcome({ message: 'It is away.' }) },
    { state: 'waiting', why: 'It is away.' },
  ],
  [
    'a refusal, which is followed by something',
    { applied: 9, lastOutcome: outcome({ outcome: 'refused', reason: 'Refused', message: 'No.' }) },
    { state: 'waiting', why: 'No.' },
  ],
  [
    'a hold',
    { applied: 9, lastOutcome: outcome({ outcome: 'failed', reason: 'TakeoverHeld', message: 'Approve.' }) },
    { state: 'failed', why: 'TakeoverHeld: Approve.' },
  ],
])('%s', (_, overrides, standing) => {
  expect(standingOf(tenantSummary(overrides))).toEqual(standing);
});
