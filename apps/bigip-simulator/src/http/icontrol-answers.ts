import { type JsonObject, type JsonValue } from '#core/json';
import { type Answer } from '../answer.js';
import { type Device, type DeviceStep } from '../device/device.js';
import { DeviceRefusal } from '../device/refusals.js';
import { type Draft } from '../device/state.js';

export interface IControlRequest {
  readonly method: string;
  /** Without the query, beginning with `/mgmt/`. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly body: JsonValue | undefined;
}

/** Changes the device, or answers with its refusal. */
export function changed(device: Device, by: DeviceStep['by'], command: string, edit: (draft: Draft) => void): Answer {
  try {
    device.change({ by, phase: 'outside', command, tenant: null }, edit);
    return found({});
  } catch (error) {
    if (error instanceof DeviceRefusal) return refused(400, error.message);
    throw error;
  }
}

export function found(body: JsonObject): Answer {
  return { status: 200, body };
}

export function notFound(component: string, path: string): Answer {
  return refused(404, `01020036:3: The requested ${component} (${path}) was not found.`);
}

export function refused(code: number, message: string): Answer {
  return { status: code, body: { code, message, errorStack: [], apiError: 3 } };
}
