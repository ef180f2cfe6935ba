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
  operation: Promise<Result>,
  cause: () => Error | null = () => null,
): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      const known = cause();
      const reason = known === null ? '' : `: ${known.message}`;
      reject(new BackendTimeoutError(`no answer within ${milliseconds} ms${reason}`, { cause: known }));
    }, milliseconds);
  });
  try {
    return await Promise.race([operation, late]);
  } finally {
    clearTimeout(timer);
  }
}
