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

/**
 * A copy of `value` fit for a log: what stands under a key that names a secret is replaced, and so is a
 * credential inside a text (`scheme://user:password@host`, `Basic …`, `Bearer …`, `password=…`, a private key).
 * Errors become plain objects with their message, stack, cause and own properties. Cycles are cut.
 */
export function redact(value: unknown): unknown {
  return redactValue(value, []);
}

/** The same for an object of facts. */
export function redactFacts(facts: object): Record<string, unknown> {
  return redactProperties(facts, [facts]);
}

export function redactText(text: string): string {
  return secretTexts.reduce(
    (result, pattern) =>
      result.replace(pattern, (match, kept: string) => `${kept}${redacted}${match.endsWith('@') ? '@' : ''}`),
    text,
  );
}

function redactValue(value: unknown, ancestors: readonly object[]): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null) return value;
  if (ancestors.includes(value)) return '[circular]';
  if (ancestors.length >= maximumDepth) return '[too deep]';
  const path = [...ancestors, value];
  if (Array.isArray(value)) return value.map((element) => redactValue(element, path));
  if (value instanceof Map) return redactProperties(Object.fromEntries(value), path);
  if (value instanceof Set) return [...value].map((element) => redactValue(element, path));
  if (value instanceof Error) return redactError(value, path);
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if ('toJSON' in value && typeof value.toJSON === 'function') return redactValue(value.toJSON() as unknown, path);
  return redactProperties(value, path);
}

function redactProperties(value: object, path: readonly object[]): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(value).map(([key, property]: [string, unknown]) => [
      key,
      secretKey.test(key) && mayBeSecret(property) ? redacted : redactValue(property, path),
    ]),
  );
}

function mayBeSecret(value: unknown): boolean {
  return value !== null && value !== undefined && typeof value !== 'boolean';
}

function redactError(error: Error, path: readonly object[]): Record<string, unknown> {
  return {
    type: error.name,
    message: redactText(error.message),
    stack: redactText(error.stack ?? ''),
    ...(error.cause === undefined ? {} : { cause: redactValue(error.cause, path) }),
    ...(error instanceof AggregateError ? { errors: redactValue(error.errors, path) } : {}),
    ...redactProperties(error, path),
  };
}
