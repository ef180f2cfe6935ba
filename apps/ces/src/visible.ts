/** What is not a character that shows: of control characters all but tab and line feed, of escapes all but our own styles. */
// eslint-disable-next-line no-control-regex -- they are what this is about
const unsafe = /(?![\t\n])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}](?!(?<=\u001b)\[(?:1|22|31|32|33|39)m)/gu;

/**
 * The text with what would act on a terminal, or cannot be seen, written out as `\u001b`. Rules are written by many, and
 * read by those who decide about them: a name must not be able to move the cursor, to hide what stands beside it, or to
 * look like another one.
 */
export function visible(text: string): string {
  return text.replace(unsafe, (found) =>
    found
      .split('')
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join(''),
  );
}
