/** Exit codes of `ces`, as docs/cli.md lists them. */
export const exitCode = { done: 0, finding: 1, usage: 2, unreachable: 3 } as const;

/** Something that the caller has to put right: a wrong flag, a file that is not there, a configuration that is not valid. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** What was asked for is not there, or not as it should be. */
export class Finding extends Error {
  override readonly name = 'Finding';
}

/** A service that a command cannot do without does not answer, or not as it should. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';
}
