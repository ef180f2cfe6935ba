/**
 * An abort signal that follows another one until it is closed, and can be aborted by itself or by a timer.
 * (`AbortSignal.any` does not forget: on a signal that lives for months, thousands of short-lived ones would pile up.)
 */
export class LinkedAbort {
  readonly #own = new AbortController();
  readonly #outer: AbortSignal;
  #timer: NodeJS.Timeout | undefined;
  readonly #follow = () => {
    this.#own.abort(this.#outer.reason);
  };

  constructor(outer: AbortSignal) {
    this.#outer = outer;
    if (outer.aborted) this.#follow();
    else outer.addEventListener('abort', this.#follow, { once: true });
  }

  get signal(): AbortSignal {
    return this.#own.signal;
  }

  /** Why it was aborted; null while it was not. */
  get reason(): Error | null {
    if (!this.#own.signal.aborted) return null;
    const reason: unknown = this.#own.signal.reason;
    return reason instanceof Error ? reason : new Error(String(reason));
  }

  abort(reason: Error): void {
    this.#own.abort(reason);
  }

  /** Aborts after so many milliseconds, unless `disarm` is called. */
  arm(milliseconds: number, reason: Error): void {
    this.disarm();
    this.#timer = setTimeout(() => {
      this.#own.abort(reason);
    }, milliseconds);
  }

  disarm(): void {
    clearTimeout(this.#timer);
  }

  /** To be called in the end: from then on it follows nothing any more. */
  close(): void {
    this.disarm();
    this.#outer.removeEventListener('abort', this.#follow);
  }
}
