import { describe, expect, it } from 'vitest';
import { type JsonValue } from '#core/json';
import { type FailureMeaning, meaningOf, readFailure } from './failure.js';

const status = (code: number, reason: string, message = 'no', details: JsonValue = null): JsonValue => ({
  kind: 'Status',
  apiVersion: 'v1',
  status: 'Failure',
  code,
  reason,
  message,
  details,
});

describe('meaningOf', () => {
  it.each<[FailureMeaning, number, JsonValue]>([
    ['expired', 410, status(410, 'Expired', 'too old resource version: 10 (500)')],
    ['expired', 410, status(410, 'Gone')],
    ['expired', 400, status(400, 'Expired')],
    ['expired', 410, null],
    ['version-too-large', 504, status(504, 'Timeout', 'slow', { causes: [{ reason: 'ResourceVersionTooLarge' }] })],
    ['version-too-large', 504, status(504, 'Timeout', 'Too large resource version: 900, current: 100')],
    ['throttled', 429, status(429, 'TooManyRequests')],
    ['not-found', 404, '404 page not found'],
    ['exists', 409, status(409, 'AlreadyExists')],
    ['conflict', 409, status(409, 'Conflict')],
    ['unauthorized', 401, status(401, 'Unauthorized')],
    ['forbidden', 403, status(403, 'Forbidden')],
    ['invalid', 422, status(422, 'Invalid')],
    ['invalid', 400, null],
    ['unavailable', 408, null],
    ['unavailable', 500, status(500, 'InternalError')],
    ['unavailable', 503, '<html>bad gateway</html>'],
    ['unavailable', 504, status(504, 'Timeout')],
  ])('%s (HTTP %i)', (meaning, httpStatus, body) => {
    expect(meaningOf(readFailure(httpStatus, body, null))).toBe(meaning);
  });
});

describe('readFailure', () => {
  it('reads how long the server asks to wait, from the header first', () => {
    const body = status(429, 'TooManyRequests', 'later', { retryAfterSeconds: 3 });
    expect(readFailure(429, body, null).retryAfter).toBe(3_000);
    expect(readFailure(429, body, '7').retryAfter).toBe(7_000);
    expect(readFailure(429, null, 'Wed, 21 Oct 2026 07:28:00 GMT').retryAfter).toBeNull();
    expect(readFailure(503, null, null).retryAfter).toBeNull();
  });
});
