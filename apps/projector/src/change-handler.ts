import { type StreamMessage } from '#core/change';
import { type Clock } from '#core/clock';
import { type Logger } from '#platform/logger';
import { isLasting } from '#project/adapters/failures';
import { type Projector } from '#project/adapters/projector';
import { type ChangeHandler, type Verdict } from '#stream/ports/change-stream';
import { type DeviceHints } from './device-hints.js';
import { type ProjectorMetrics } from './projector-metrics.js';

export interface HandlerTools {
  readonly projector: Projector;
  readonly hints: DeviceHints;
  readonly metrics: ProjectorMetrics;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A message that fails so often in a row, for a reason that lies in itself, is set aside. */
const mostFailures = 3;

/**
 * Projects each message and hints at the device that has work then. A database that is away makes it throw, so that the
 * same message is given to it again; what will never pass is set aside, and the gap that it leaves is marked at once.
 */
export function changeHandler({ projector, hints, metrics, clock, logger }: HandlerTools): ChangeHandler {
  let failures = 0;

  async function fail(message: StreamMessage, error: unknown): Promise<Verdict> {
    if (!isLasting(error)) throw error;
    failures += 1;
    if (failures < mostFailures) throw error;
    failures = 0;
    await projector.setAside(message);
    logger.error({ error, form: message.form }, 'a message cannot be projected: it is set aside');
    return { outcome: 'poisoned', reason: error instanceof Error ? error.message : String(error) };
  }

  return async (message) => {
    const began = clock.monotonic();
    let projected;
    try {
      projected = await projector.project(message);
    } catch (error) {
      return fail(message, error);
    }
    failures = 0;
    if (projected.outcome === 'refused') return { outcome: 'poisoned', reason: projected.reason };
    metrics.projected(message.form, projected.events, (clock.monotonic() - began) / 1_000);
    metrics.lag((clock.now().getTime() - Date.parse(message.observedAt)) / 1_000);
    if (projected.dirty !== null) hints.send(projected.dirty);
    return { outcome: 'done' };
  };
}
