import { isJsonObject, type JsonValue } from '#core/json';

/** A refusal by the API server: an HTTP status with, as a rule, a `Status` object (of the body, or of an ERROR event). */
export interface ApiFailure {
  /** The HTTP status, or the `code` of an ERROR event. */
  readonly code: number;
  /** `Status.reason`, such as `Expired`; empty when there is none. */
  readonly reason: string;
  readonly message: string;
  /** `Status.details.causes[].reason` */
  readonly causes: readonly string[];
  /** How long the API server asks to wait, in milliseconds. */
  readonly retryAfter: number | null;
}

/**
 * What a failure means for whoever meets it:
 * expired: the version, or the list's continuation, is no longer held: list again ·
 * version-too-large: the version is newer than the API server knows, which a restored etcd causes: list, asking for none ·
 * throttled: come back later · not-found, conflict, exists: as they say · unauthorized: the credentials are not accepted ·
 * forbidden: the service account lacks a permission, or the namespace is going away ·
 * invalid: the API server does not take what was sent · unavailable: it does not answer as it should just now.
 */
export type FailureMeaning =
  | 'expired'
  | 'version-too-large'
  | 'throttled'
  | 'not-found'
  | 'conflict'
  | 'exists'
  | 'unauthorized'
  | 'forbidden'
  | 'invalid'
  | 'unavailable';

interface Row {
  readonly meaning: FailureMeaning;
  readonly applies: (failure: ApiFailure) => boolean;
}

/**
 * The first row that applies counts (reasons and causes: k8s.io/apimachinery pkg/apis/meta/v1 types.go; servers before
 * 1.19 say only in words that a version is too large).
 */
const table: readonly Row[] = [
  { meaning: 'version-too-large', applies: ({ causes }) => causes.includes('ResourceVersionTooLarge') },
  { meaning: 'version-too-large', applies: ({ message }) => /too large resource version/i.test(message) },
  { meaning: 'expired', applies: ({ code, reason }) => code === 410 || reason === 'Expired' || reason === 'Gone' },
  { meaning: 'throttled', applies: ({ code }) => code === 429 },
  { meaning: 'not-found', applies: ({ code }) => code === 404 },
  { meaning: 'exists', applies: ({ code, reason }) => code === 409 && reason === 'AlreadyExists' },
  { meaning: 'conflict', applies: ({ code }) => code === 409 },
  { meaning: 'unauthorized', applies: ({ code }) => code === 401 },
  { meaning: 'forbidden', applies: ({ code }) => code === 403 },
  { meaning: 'invalid', applies: ({ code }) => code >= 400 && code < 500 && code !== 408 },
];

export function meaningOf(failure: ApiFailure): FailureMeaning {
  return table.find((row) => row.applies(failure))?.meaning ?? 'unavailable';
}

/** Reads a `Status` object; a body that is none leaves only the HTTP status. */
export function readFailure(httpStatus: number, body: JsonValue, retryAfterHeader: string | null): ApiFailure {
  const status = isJsonObject(body) ? body : {};
  const details = isJsonObject(status.details) ? status.details : {};
  const causes = Array.isArray(details.causes) ? (details.causes as readonly JsonValue[]) : [];
  return {
    code: typeof status.code === 'number' ? status.code : httpStatus,
    reason: typeof status.reason === 'string' ? status.reason : '',
    message: typeof status.message === 'string' ? status.message : `HTTP status ${httpStatus}`,
    causes: causes.flatMap((cause) => (isJsonObject(cause) && typeof cause.reason === 'string' ? [cause.reason] : [])),
    retryAfter: seconds(retryAfterHeader === null ? details.retryAfterSeconds : Number(retryAfterHeader)),
  };
}

function seconds(value: JsonValue | undefined): number | null {
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? value * 1_000 : null;
}
