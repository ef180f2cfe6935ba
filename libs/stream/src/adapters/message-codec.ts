import { type StreamMessage, streamVersion } from '#core/change';
import { type JsonValue } from '#core/json';
import { type ZodError } from 'zod';
import { messageSchema, versionSchema } from './message-schema.js';

/**
 * A message travels as text, not as the backend's own JSON: Postgres' jsonb refuses the character U+0000 and lone
 * surrogates, which a label or a rule may hold, and nobody needs to look into it on the way.
 */
export function encodeMessage(message: StreamMessage): string {
  return JSON.stringify(message);
}

export type Decoded =
  | { readonly outcome: 'message'; readonly message: StreamMessage }
  | { readonly outcome: 'unreadable'; readonly reason: string };

/** Reads what was on the stream, which may be anything. The reason says what was expected and what was found. */
export function decodeMessage(data: unknown, cluster: string): Decoded {
  if (typeof data !== 'string') return unreadable(`expected the text of a message, found ${describe(data)}`);
  const json = parseJson(data);
  if (json === undefined) return unreadable(`expected JSON, found text of ${data.length} characters that is none`);
  const versioned = versionSchema.safeParse(json);
  if (!versioned.success) return unreadable(`expected an object with a version, found ${describe(json)}`);
  if (versioned.data.version !== streamVersion) return unreadable(otherVersion(versioned.data.version));
  const parsed = messageSchema.safeParse(json);
  if (!parsed.success) return unreadable(`not a message of version ${streamVersion}: ${firstIssues(parsed.error)}`);
  if (parsed.data.cluster !== cluster) {
    return unreadable(`expected a message of cluster ${cluster}, found one of ${parsed.data.cluster.slice(0, 100)}`);
  }
  return { outcome: 'message', message: parsed.data };
}

function unreadable(reason: string): Decoded {
  return { outcome: 'unreadable', reason };
}

/** Undefined when the text is no JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function otherVersion(found: JsonValue): string {
  const shown = JSON.stringify(found).slice(0, 40);
  return `expected version ${streamVersion}, found ${shown}; run watcher and projector of the same CES version`;
}

function describe(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'an array' : `a value of type ${typeof value}`;
}

/** Enough to find the fault; a broken chunk could have one for each of its objects. */
function firstIssues(error: ZodError): string {
  const shown = error.issues.slice(0, 3).map(({ path, message }) => `${path.join('.') || 'message'}: ${message}`);
  const more = error.issues.length - shown.length;
  return [...shown, ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
}
