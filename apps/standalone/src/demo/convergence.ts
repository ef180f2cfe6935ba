import { type Device } from '#apply/ports/device';
import { compileTenant } from '#compile/compile-tenant';
import { requestFor } from '#compile/request';
import { type DesiredStateReader } from '#project/ports/desired-state';

/**
 * Whether the device holds what the projections say now: every tenant is compiled from scratch, and the device compares
 * it with itself.
 */
export async function isConverged(
  device: Device,
  state: DesiredStateReader,
  deviceName: string,
  tenants: readonly string[],
  signal: AbortSignal,
): Promise<boolean> {
  const { version } = await device.info(signal);
  const snapshot = await state.read(deviceName, tenants);
  for (const { desired } of snapshot.tenants) {
    const stored = await device.stored(desired.tenant, signal);
    const compiled = compileTenant({ desired, as3Version: version, stored: stored?.body ?? null });
    if (compiled === null) continue;
    const request = requestFor(compiled, compiled.declaration);
    if ((await device.dryRun(desired.tenant, request, signal)) !== 'same') return false;
  }
  return snapshot.tenants.length > 0;
}
