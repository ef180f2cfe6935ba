/** A setting is missing or wrong. Names the key and the remedy, never the value: it may be a secret. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';

  constructor(
    /** The environment variable at fault. */
    readonly key: string,
    /** What is wrong, as the end of a sentence that begins with the key. */
    readonly problem: string,
    readonly remedy: string,
  ) {
    super(`${key} ${problem}. ${remedy}`);
  }
}
