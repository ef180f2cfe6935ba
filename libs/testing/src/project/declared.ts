import { compileTenant } from '#compile/compile-tenant';
import { type HeldBackRule, type Lease, type PlannedAttempt } from '#project/ports/apply-log';
import { type ProjectionUnderTest } from './projection-under-test.js';

/** What a worker would do with a tenant on a device that takes everything: declares what is wanted now. */
export async function declareTenant(
  projection: ProjectionUnderTest,
  tenant = 'Common',
  heldBack: readonly HeldBackRule[] = [],
): Promise<{ readonly version: number }> {
  const lease = await leaseOf(projection);
  const { id, version } = await projection.log.begin(lease, await planned(projection, tenant));
  const now = projection.clock.now();
  await projection.log.conclude(lease, id, { type: 'applied', effectiveFrom: now, effectiveTo: now, heldBack });
  return { version };
}

/** The same on a device that refuses it for good. */
export async function refuseTenant(
  projection: ProjectionUnderTest,
  { tenant = 'Common', message }: { readonly tenant?: string; readonly message: string },
): Promise<{ readonly version: number }> {
  const lease = await leaseOf(projection);
  const { id, version } = await projection.log.begin(lease, await planned(projection, tenant));
  await projection.log.conclude(lease, id, { type: 'refused', reason: 'Refused', message, permanent: true });
  return { version };
}

/** Nobody reaches the device, and the tenant waits. */
export async function reportWaiting(projection: ProjectionUnderTest, tenant = 'Common'): Promise<void> {
  const message = 'The BIG-IP cannot be reached: connect ECONNREFUSED.';
  await projection.log.report(await leaseOf(projection), tenant, { state: 'waiting', reason: 'Unreachable', message });
}

async function leaseOf(projection: ProjectionUnderTest): Promise<Lease> {
  const lease = await projection.log.acquire('bigip', 'a-worker', 60_000);
  if (lease === null) throw new Error('somebody else holds the device');
  return lease;
}

async function planned(projection: ProjectionUnderTest, tenant: string): Promise<PlannedAttempt> {
  const { desired, position } = await projection.tenant(tenant);
  const compiled = compileTenant({ desired, as3Version: '3.56.0', stored: null });
  if (compiled === null) throw new Error(`there is nothing to declare in the tenant "${tenant}"`);
  const { digest, declaration } = compiled;
  return { tenant, purpose: 'change', position, digest, rules: desired.rules, declaration };
}
