import { type JsonObject } from '#core/json';
import { z } from 'zod';

export const position = z.int().min(0).describe('A place in the event log; grows with time');

export const time = z.iso.datetime().transform((text) => new Date(text));

/** Whatever it holds: a declaration, a spec, an event. */
export const jsonObject = z
  .custom<JsonObject>((value) => typeof value === 'object' && value !== null && !Array.isArray(value))
  .meta({ type: 'object' });

export function pageOf<Entry extends z.ZodType>(entry: Entry) {
  return z.object({
    entries: z.array(entry),
    next: z.string().nullable().describe('`after` of the next page; null on the last one'),
  });
}
