/** Lets callers wait until something changed that they look at themselves. */
export class Bell {
  readonly #waiting = new Set<() => void>();

  /** Wakes everyone who waits now. */
  ring(): void {
    for (const wake of [...this.#waiting]) wake();
  }

  /**
   * Resolves at the next ring, or after `milliseconds` at the latest.
   * Rejects with the signal's reason as soon as that is aborted.
   */
  wait(signal: AbortSignal, milliseconds = Number.POSITIVE_INFINITY): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = Number.isFinite(milliseconds)
        ? setTimeout(
            () => {
              wake();
            },
            Math.max(milliseconds, 0),
          )
        : undefined;
      const leave = () => {
        clearTimeout(timer);
        this.#waiting.delete(wake);
        signal.removeEventListener('abort', fail);
      };
      const wake = () => {
        leave();
        resolve();
      };
      const fail = () => {
        leave();
        reject(reasonOf(signal));
      };
      if (signal.aborted) {
        fail();
        return;
      }
      this.#waiting.add(wake);
      signal.addEventListener('abort', fail);
    });
  }
}

/** What `promise` comes to, unless the signal is aborted first: then rejects with its reason. */
export async function unlessAborted<Result>(promise: Promise<Result>, signal: AbortSignal): Promise<Result> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const fail = () => {
      reject(reasonOf(signal));
    };
    signal.addEventListener('abort', fail, { once: true });
    promise.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', fail);
    });
  });
}

function reasonOf(signal: AbortSignal): Error {
  const reason: unknown = signal.reason;
  return reason instanceof Error ? reason : new Error(String(reason));
}
