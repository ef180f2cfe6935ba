export interface JoinedSignal {
  /** Aborted with the reason of whichever signal is aborted first. */
  readonly signal: AbortSignal;
  /** To be called when the work is done. */
  readonly release: () => void;
}

/** `AbortSignal.any` for signals that live as long as the process: Node 20 never frees what that returns for them. */
export function anySignal(signals: readonly AbortSignal[]): JoinedSignal {
  const joined = new AbortController();
  const abort = () => {
    joined.abort(signals.find(({ aborted }) => aborted)?.reason);
  };
  for (const signal of signals) signal.addEventListener('abort', abort);
  if (signals.some(({ aborted }) => aborted)) abort();
  return {
    signal: joined.signal,
    release: () => {
      for (const signal of signals) signal.removeEventListener('abort', abort);
    },
  };
}
