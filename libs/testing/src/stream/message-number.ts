import { type StreamMessage } from '#core/change';

/** Which message of `message(cluster, number)` this is. */
export function numberOf(message: StreamMessage): number {
  if (message.form !== 'changes') throw new Error(`A message of form ${message.form} has no number.`);
  return Number(message.spans[0]?.from);
}
