import { compileTenant } from '#compile/compile-tenant';
import { type HeldBackRule, type PlannedAttempt, type Purpose, type TenantReport } from '#project/ports/apply-log';
import { type ProjectionUnderTest } from './projection-under-test.js';

interface Declared {
  readonly tenant?: string;
  readonly purpose?: Purpose;
  readonly heldBack?: readonly HeldBackRule[];
}

/** Writes down what a worker would with a device that takes what is wanted now. */
export async function declareTenant(projection: ProjectionUnderTest, declared: Declared = {}): Promise<void> {
  const lease = await projection.lease();
  const { id } = await projection.log.begin(lease, await planned(projection, declared));
  const now = projection.clock.now();
  const { heldBack = [] } = declared;
  await projection.log.conclude(lease, id, { type: 'applied', effectiveFrom: now, effectiveTo: now, heldBack });
}

/** The same with a device that refuses it for good, in these words. */
export async function refuseTenant(projection: ProjectionUnderTest, message: string): Promise<void> {
  const lease = await projection.lease();
  const { id } = await projection.log.begin(lease, await planned(projection, {}));
  await projection.log.conclude(lease, id, { type: 'refused', reason: 'Refused', message, permanent: true });
}

/** Writes down why a tenant is not declared. */
export async function reportTenant(projection: ProjectionUnderTest, report: TenantReport): Promise<void> {
  await projection.log.report(await projection.lease(), 'Common', report);
}

async function planned(
  projection: ProjectionUnderTest,
  { tenant = 'Common', purpose = 'change' }: Declared,
): Promise<PlannedAttempt> {
  const { desired, position } = await projection.tenant(tenant);
  const compiled = compileTenant({ desired, as3Version: '3.56.0', stored: null });
  if (compiled === null) throw new Error(`there is nothing to declare in the tenant "${tenant}"`);
  const { digest, declaration } = compiled;
  return { tenant, purpose, position, digest, rules: desired.rules, declaration, heldBack: [] };
}
