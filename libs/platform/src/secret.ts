import { inspect } from 'node:util';

/** What stands where a secret was taken out. */
export const redacted = '[redacted]';

/**
 * A value that does not print: string conversion, JSON and inspection all give `[redacted]`.
 * Only `reveal` gives the value, which makes every place that uses one easy to find.
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return redacted;
  }

  toJSON(): string {
    return redacted;
  }

  [inspect.custom](): string {
    return redacted;
  }
}
