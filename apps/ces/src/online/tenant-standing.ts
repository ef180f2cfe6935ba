import { type TenantSummary } from '#project/ports/queries';
import { type Style } from '../terminal.js';
import { printable } from './wording.js';

/**
 * in step: the device holds what is wanted · declaring: an attempt is under way, or its outcome is being found out ·
 * waiting: it goes on by itself · failed: somebody has to act · drifted: somebody else has changed the device, and it is
 * not changed back by itself.
 */
export interface TenantStanding {
  readonly state: 'in step' | 'declaring' | 'waiting' | 'failed' | 'drifted';
  /** Why it is not in step, empty when it is. */
  readonly why: string;
}

export function standingOf(tenant: TenantSummary): TenantStanding {
  if (tenant.open) return { state: 'declaring', why: 'A declaration is under way.' };
  const { drift } = tenant;
  if (drift !== null && drift.action !== 'repair') return { state: 'drifted', why: driftText(drift) };
  if (tenant.applied >= tenant.wanted) return { state: 'in step', why: '' };
  const { lastOutcome } = tenant;
  const why = printable(lastOutcome?.message ?? '');
  switch (lastOutcome?.outcome) {
    case 'failed':
      return { state: 'failed', why: lastOutcome.reason === null ? why : `${lastOutcome.reason}: ${why}` };
    // What comes of a refusal (another attempt, the last good rules, or a failure) is decided within the same pass.
    case 'refused':
    case 'waiting':
      return { state: 'waiting', why };
    case 'applied':
    case 'unchanged':
    case undefined:
      if (drift !== null) return { state: 'waiting', why: driftText(drift) };
      return { state: 'waiting', why: tenant.resync ? 'A resync was asked for.' : 'Changes are on their way.' };
  }
}

function driftText({ message, position }: NonNullable<TenantSummary['drift']>): string {
  return `${printable(message)} See: ces audit ${position}`;
}

export function standingStyle({ state }: TenantStanding): Style {
  if (state === 'in step') return 'green';
  return state === 'failed' || state === 'drifted' ? 'red' : 'yellow';
}
