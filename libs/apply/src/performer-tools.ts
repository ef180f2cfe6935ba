import { type Clock } from '#core/clock';
import { type Logger } from '#platform/logger';
import { type ApplyLog } from '#project/ports/apply-log';
import { type Device } from './ports/device.js';

/** What everything needs that acts on a device. */
export interface PerformerTools {
  readonly device: Device;
  readonly log: ApplyLog;
  readonly clock: Clock;
  readonly logger: Logger;
}
