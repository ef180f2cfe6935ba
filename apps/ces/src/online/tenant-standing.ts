import { type TenantSummary } from '#project/ports/queries';
import { type Style } from '../terminal.js';
import { printable } from './wording.js';

/**
 * in step: the device holds what is wanted · declaring: an attempt is under way, or its outcome is being found out ·
 * waiting: it goes on by itself · failed: somebody has to act.
 */
export interface TenantStanding {
  readonly state: 'in step' | 'declaring' | 'waiting' | 'failed';
  /** Why it is not in step, empty when it is. */
  readonly why: string;
}

export function standingOf(tenant: TenantSummary): TenantStanding {
  if (tenant.open) return { state: 'declaring', why: 'A declaration is under way.' };
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
      return { state: 'waiting', why: tenant.resync ? 'A resync was asked for.' : 'Changes are on their way.' };
  }
}

export function standingStyle({ state }: TenantStanding): Style {
  if (state === 'in step') return 'green';
  return state === 'failed' ? 'red' : 'yellow';
}
