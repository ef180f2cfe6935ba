/** What a check came to. `code` is the exit code that a failure stands for. */
export type Outcome =
  | { readonly state: 'ok'; readonly found: string }
  | { readonly state: 'warning'; readonly found: string; readonly remedy: string }
  | { readonly state: 'failed'; readonly found: string; readonly remedy: string; readonly code: FailureCode }
  | { readonly state: 'skipped'; readonly found: string };

/** Of `ces`: a finding, a configuration that cannot be used, something that does not answer. */
export type FailureCode = 1 | 2 | 3;

export type CheckResult = Outcome & {
  readonly area: string;
  readonly check: string;
  /** Why it matters. */
  readonly meaning: string;
  readonly milliseconds: number;
};

/** The outcome of a check, with what later checks need of it. */
export type Answer<Value> = Outcome & { readonly value?: Value };

export interface CheckDescription {
  readonly check: string;
  readonly meaning: string;
  /** What to do when the check itself comes to nothing: an exception, or no answer in time. */
  readonly remedy: string;
}

/** One area of an installation, looked at check by check. No check can keep another one from being made. */
export class Examination {
  readonly results: CheckResult[] = [];

  constructor(
    private readonly area: string,
    /** Milliseconds that a check may take. */
    private readonly limit: number,
    private readonly now: () => number,
  ) {}

  /** Makes a check, and gives what it found for later ones: undefined when there is nothing to go on with. */
  async check<Value = never>(
    { check, meaning, remedy }: CheckDescription,
    look: (signal: AbortSignal) => Promise<Answer<Value>>,
  ): Promise<Value | undefined> {
    const begin = this.now();
    const { value, ...outcome } = await within(this.limit, look).catch((error: unknown): Answer<Value> => ({
      state: 'failed',
      found: messageOf(error),
      remedy,
      code: 3,
    }));
    this.results.push({ area: this.area, check, ...outcome, meaning, milliseconds: Math.round(this.now() - begin) });
    return value;
  }

  skip({ check, meaning }: CheckDescription, why: string): void {
    this.results.push({ area: this.area, check, state: 'skipped', found: why, meaning, milliseconds: 0 });
  }
}

/** The gravest of the failures; 0 without one. */
export function exitCodeOf(results: readonly Outcome[]): number {
  return Math.max(0, ...results.map((result) => (result.state === 'failed' ? result.code : 0)));
}

/** A check that does not listen to its signal is given up all the same. */
async function within<Value>(limit: number, look: (signal: AbortSignal) => Promise<Value>): Promise<Value> {
  const signal = AbortSignal.timeout(limit);
  const late = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => {
      reject(new Error(`There was no answer within ${limit / 1_000} s.`));
    });
  });
  return Promise.race([look(signal), late]);
}

/** Of several failed attempts to connect, Node gives an error without words. */
function messageOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(messageOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}
