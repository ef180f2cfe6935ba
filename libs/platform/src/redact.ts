import { redacted } from './secret.js';

const secretKey = /password|passwd|secret|token|authorization|credential|cookie|private.?key/i;

/** Places inside a text where a credential may stand; the first group is kept. */
const secretTexts: readonly RegExp[] = [
  /(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/@"']+@/gi,
  /(\bbasic\s+)(?!auth)[a-z0-9+/]{4,}=*/gi,
  /(\bbearer\s+)(?!token|auth)[\w.~+/-]{4,}=*/gi,
  /((?:password|passwd|secret|token|authorization|credential)[\w-]*(?:=|\\?"\s*:\s*\\?"))[^\s&;"'\\]+/gi,
  /(-----BEGIN [A-Z ]*PRIVATE KEY-----)[\s\S]*?(?=-----END|$)/g,
];

const maximumDepth = 12;
const maximumText = 8_000;
const maximumElements = 100;

/**
 * A copy of `value` fit for a log: what stands under a key that names a secret is replaced, and so is a
 * credential inside a text (`scheme://user:password@host`, `Basic …`, `Bearer …`, `password=…`, a private key).
 * Errors become plain objects with their message, stack, cause and own properties. Cycles, deep structures and
 * long lists and texts are cut.
 */
export function redact(value: unknown): unknown {
  return redactValue(value, []);
}

/** The same for an object of facts. */
export function redactFacts(facts: object): Record<string, unknown> {
  return redactProperties(facts, [facts]);
}

/** The same for a text. */
export function redactText(text: string): string {
  const redactedText = secretTexts.reduce(
    (result, pattern) =>
      result.replace(pattern, (match, kept: string) => kept + redacted + (match.endsWith('@') ? '@' : '')),
    text,
  );
  return cut(redactedText);
}

function cut(text: string): string {
  return text.length <= maximumText ? text : `${text.slice(0, maximumText)}… [${text.length} characters]`;
}

function redactValue(value: unknown, ancestors: readonly object[]): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null) return value;
  if (ancestors.includes(value)) return '[circular]';
  if (ancestors.length >= maximumDepth) return '[too deep]';
  return redactObject(value, [...ancestors, value]);
}

function redactObject(value: object, path: readonly object[]): unknown {
  if (Array.isArray(value)) return redactList(value, path);
  if (value instanceof Set) return redactList([...value], path);
  if (value instanceof Map) return redactProperties(Object.fromEntries(value) as object, path);
  if (value instanceof Error) return redactError(value, path);
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  return convertible(value) ? redactValue(value.toJSON(), path) : redactProperties(value, path);
}

function convertible(value: object): value is { toJSON(): unknown } {
  return 'toJSON' in value && typeof value.toJSON === 'function';
}

function redactList(elements: readonly unknown[], path: readonly object[]): unknown[] {
  const shown = elements.slice(0, maximumElements).map((element) => redactValue(element, path));
  return elements.length <= maximumElements ? shown : [...shown, `… [${elements.length} elements]`];
}

function redactProperties(value: object, path: readonly object[]): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(value).map(([key, property]: [string, unknown]) => [
      key,
      secretKey.test(key) && mayBeSecret(property) ? redacted : redactValue(property, path),
    ]),
  );
}

/** Flags such as `tokenPresent: true` tell no secret. */
function mayBeSecret(value: unknown): boolean {
  return value !== null && value !== undefined && typeof value !== 'boolean';
}

function redactError(error: Error, path: readonly object[]): Record<string, unknown> {
  return {
    type: error.name,
    message: redactText(error.message),
    stack: redactText(error.stack ?? ''),
    ...(error.cause === undefined ? {} : { cause: redactValue(error.cause, path) }),
    ...(error instanceof AggregateError ? { errors: redactList(error.errors, path) } : {}),
    ...redactProperties(error, path),
  };
}
