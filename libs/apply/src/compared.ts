import { requestFor } from '#compile/request';
import { type JsonObject } from '#core/json';
import { DeviceFailure, isPermanent } from './domain/failures.js';
import { type Device } from './ports/device.js';

/** Whether the device holds a declaration; the failure with which AS3 would refuse it, where it would. @throws DeviceFailure */
export async function compared(
  tenant: string,
  declaration: JsonObject,
  { device, schemaVersion }: { readonly device: Pick<Device, 'dryRun'>; readonly schemaVersion: string },
  signal: AbortSignal,
): Promise<'same' | 'different' | DeviceFailure> {
  return device.dryRun(tenant, requestFor({ tenant, schemaVersion }, declaration), signal).catch((error: unknown) => {
    if (error instanceof DeviceFailure && isPermanent(error)) return error;
    throw error;
  });
}
