import { type Logger } from '#platform/logger';

/**
 * Hints at devices without holding up who has them to give: one hint of a device is on its way at a time, and any number
 * that are asked for meanwhile are one more. A hint that is lost is made up for by the worker's sweep.
 */
export class DeviceHints {
  private readonly underway = new Map<string, Promise<void>>();
  private readonly again = new Set<string>();

  constructor(
    private readonly hint: (device: string) => Promise<void>,
    private readonly logger: Logger,
  ) {}

  send(device: string): void {
    if (this.underway.has(device)) {
      this.again.add(device);
      return;
    }
    this.underway.set(device, this.sendUntilDone(device));
  }

  /** Resolves when no hint is on its way any more. */
  async idle(): Promise<void> {
    await Promise.all(this.underway.values());
  }

  private async sendUntilDone(device: string): Promise<void> {
    do {
      this.again.delete(device);
      try {
        await this.hint(device);
      } catch (error) {
        this.logger.warn({ device, error }, 'a hint was not sent; the sweep makes up for it');
      }
    } while (this.again.has(device));
    this.underway.delete(device);
  }
}
