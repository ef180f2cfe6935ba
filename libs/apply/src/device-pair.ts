import { type Lease } from '#project/ports/apply-log';
import { DeviceFailure } from './domain/failures.js';
import { type PerformerTools } from './performer-tools.js';

export interface PairTools extends PerformerTools {
  /** The device group that is brought up to date after a change; null where the device does that by itself. */
  readonly syncGroup: string | null;
  readonly observer: PairObserver;
}

/** What metrics want to know of the units of a device. */
export interface PairObserver {
  /** Another unit of the device is active now. */
  failedOver(unit: string): void;
  synchronised(result: 'done' | 'failed'): void;
}

/** The units of a device: follows the active one, and brings the others up to date. */
export class DevicePair {
  private unit: string | null = null;
  /** Another holder may not have come to it. */
  private unsynchronised = true;

  /** @param forget is called when another unit is active: what was read of one says nothing of the other. */
  constructor(
    private readonly lease: Lease,
    private readonly tools: PairTools,
    private readonly forget: () => void,
  ) {}

  /** A fail-over is a reconnect. */
  async follow(signal: AbortSignal): Promise<void> {
    const { device, logger, observer } = this.tools;
    const unit = await device.follow(signal);
    if (this.unit !== null && unit !== this.unit) {
      logger.warn({ device: this.lease.device, unit, before: this.unit }, 'another unit of the device is active');
      observer.failedOver(unit);
      this.forget();
    }
    this.unit = unit;
  }

  /** The active unit may hold something else by now. */
  changed(): void {
    this.unsynchronised = true;
  }

  async synchronise(signal: AbortSignal): Promise<void> {
    const { device, syncGroup, logger, observer } = this.tools;
    if (syncGroup === null || !this.unsynchronised) return;
    try {
      await device.synchronise(syncGroup, signal);
    } catch (error) {
      if (!(error instanceof DeviceFailure) || error.kind !== 'sync-failed') throw error;
      // Changes go on; it is tried again with the next pass.
      logger.warn({ device: this.lease.device, detail: error.detail }, 'the other unit is not up to date');
      observer.synchronised('failed');
      return;
    }
    this.unsynchronised = false;
    observer.synchronised('done');
  }
}
