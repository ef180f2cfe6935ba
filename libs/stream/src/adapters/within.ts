import { type Clock } from '#platform/clock';

/** An operation of the backend did not end in time; whether it had its effect is unknown. */
export class BackendTimeoutError extends Error {
  override readonly name = 'BackendTimeoutError';
}

/**
 * The result of `operation`, if it comes within the time.
 * @throws what the operation throws, or BackendTimeoutError with the error that `cause` knows of, if any.
 */
export async function within<Result>(
  milliseconds: number,
  clock: Clock,
  operation: Promise<Result>,
  cause: () => Error | null = () => null,
): Promise<Result> {
  const finished = new AbortController();
  const late = clock.sleep(milliseconds, finished.signal).then(() => {
    const known = cause();
    const reason = known === null ? '' : `: ${known.message}`;
    throw new BackendTimeoutError(`no answer within ${milliseconds} ms${reason}`, { cause: known });
  });
  try {
    return await Promise.race([operation, late]);
  } finally {
    finished.abort();
  }
}
