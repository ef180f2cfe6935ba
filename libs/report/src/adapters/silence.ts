/** Notices when nothing is heard for so many milliseconds. */
export class Silence {
  private readonly controller = new AbortController();
  private timer: NodeJS.Timeout;

  constructor(private readonly longest: number) {
    this.timer = this.started();
  }

  /** Aborted, with a TimeoutError, once it has lasted too long. */
  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** Something was heard. */
  broken(): void {
    clearTimeout(this.timer);
    this.timer = this.started();
  }

  /** Nobody listens any more. */
  end(): void {
    clearTimeout(this.timer);
  }

  private started(): NodeJS.Timeout {
    return setTimeout(() => {
      this.controller.abort(new DOMException('nothing was heard for too long', 'TimeoutError'));
    }, this.longest);
  }
}
