import { type DeclarationSummary, type TenantSummary } from '#project/ports/queries';

/** A tenant that is in step, unless it is said otherwise. */
export function tenantSummary(overrides: Partial<TenantSummary> = {}): TenantSummary {
  return {
    device: 'bigip',
    tenant: 'shop',
    wanted: 10,
    applied: 10,
    resync: false,
    version: 1,
    rules: 1,
    lastOutcome: null,
    open: false,
    drift: null,
    pin: null,
    ...overrides,
  };
}

/** Of what the device holds of that tenant, unless it is said otherwise. */
export function declarationSummary(overrides: Partial<DeclarationSummary> = {}): DeclarationSummary {
  const begunAt = new Date('2026-01-01T00:00:00Z');
  return {
    device: 'bigip',
    tenant: 'shop',
    version: 1,
    purpose: 'change',
    digest: 'digest',
    position: 10,
    rules: 1,
    outcome: 'applied',
    begunAt,
    effective: { from: begunAt, to: begunAt },
    reason: null,
    message: null,
    ...overrides,
  };
}

export function drift(action: 'repair' | 'report', position = 12): TenantSummary['drift'] {
  return { action, since: new Date('2026-01-01T00:00:00Z'), position, message: 'It was changed.' };
}
