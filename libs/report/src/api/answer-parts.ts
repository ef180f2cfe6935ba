import { z } from 'zod';

export const position = z.int().min(0).describe('A place in the event log; grows with time');

export const time = z.iso.datetime().transform((text) => new Date(text));

export function pageOf<Entry extends z.ZodType>(entry: Entry) {
  return z.object({
    entries: z.array(entry),
    next: z.string().nullable().describe('`after` of the next page; null on the last one'),
  });
}
