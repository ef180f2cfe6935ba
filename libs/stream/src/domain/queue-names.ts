/**
 * The queue of a cluster's changes. BullMQ refuses `:` in a name, and Postgres passes the name through a
 * notification; so what is not a letter, digit, `-`, `_`, `.`, `!`, `~`, `*`, `'`, `(` or `)` is percent-encoded.
 * @throws URIError for a lone surrogate.
 */
export function changeQueueName(cluster: string): string {
  return `changes.${encodeURIComponent(cluster)}`;
}

export const hintQueueName = 'hints';
