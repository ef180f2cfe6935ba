/** Control characters but tab and line feed, and what turns the direction of text around; of escapes, all but our own styles. */
const unsafe =
  // eslint-disable-next-line no-control-regex -- they are what this is about
  /[\u0000-\u0008\u000b-\u001a\u001c-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]|\u001b(?!\[(?:1|22|3[1-39])m)/g;

/**
 * The text with what would act on a terminal written out as `\u001b`. Rules are written by many, and read by those who
 * decide about them: a name must not be able to move the cursor, or to hide what stands beside it.
 */
export function visible(text: string): string {
  return text.replace(unsafe, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
