/** So many characters of a text that others wrote, with a mark where more was; for people, never to be parsed again. */
export function shortened(text: string, most: number): string {
  if (text.length <= most) return text;
  // Half of a character that takes two is no text.
  return `${text.slice(0, most).replace(/[\uD800-\uDBFF]$/, '')}…`;
}
