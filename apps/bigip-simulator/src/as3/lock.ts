import { type Clock } from '#platform/clock';

/** AS3 works on one declaration at a time per device; who comes meanwhile is sent away. */
export class DeviceLock {
  #held = false;
  #heldByOthersUntil = 0;

  constructor(private readonly clock: Clock) {}

  /** Somebody else is working on the device. */
  holdForOthers(milliseconds: number): void {
    this.#heldByOthersUntil = this.clock.monotonic() + milliseconds;
  }

  get busy(): boolean {
    return this.#held || this.clock.monotonic() < this.#heldByOthersUntil;
  }

  /** False when AS3 is busy. */
  acquire(): boolean {
    if (this.busy) return false;
    this.#held = true;
    return true;
  }

  release(): void {
    this.#held = false;
  }

  /** A reboot forgets who was working. */
  reset(): void {
    this.#held = false;
    this.#heldByOthersUntil = 0;
  }
}

export const busyMessage =
  'Error: Configuration operation in progress on device localhost, please try again in 2 minutes';
