/** An error as HTTP tells it: RFC 9457, media type `application/problem+json`. */
export interface ProblemDetails {
  /** A URN that names the kind of problem; stable, so that programs may switch over it. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  /** What is wrong with this request, and what to do. */
  readonly detail: string;
  /** For a request that is not valid: where, and why. */
  readonly errors?: readonly InvalidPart[];
}

export interface InvalidPart {
  readonly in: 'path' | 'query' | 'header' | 'body';
  /** A JSON pointer (RFC 6901) into that part of the request; empty for the whole of it. */
  readonly pointer: string;
  readonly detail: string;
}

const kinds = {
  'invalid-request': { status: 400, title: 'The request is not valid' },
  forbidden: { status: 403, title: 'The request is not allowed' },
  'not-found': { status: 404, title: 'There is no such thing' },
  'unknown-operation': { status: 404, title: 'The API has no such operation' },
  conflict: { status: 409, title: 'The state of things does not allow it' },
  'too-large': { status: 413, title: 'The body is too large' },
  'unsupported-media-type': { status: 415, title: 'The body is not JSON' },
  internal: { status: 500, title: 'The server failed' },
  unavailable: { status: 503, title: 'A part of the system is away' },
} as const;

export type ProblemKind = keyof typeof kinds;

export function problemDetails(kind: ProblemKind, detail: string, errors: readonly InvalidPart[] = []): ProblemDetails {
  const { status, title } = kinds[kind];
  return { type: problemType(kind), title, status, detail, ...(errors.length === 0 ? {} : { errors }) };
}

/** `type` of the problem details of a kind. */
export function problemType(kind: ProblemKind): string {
  return `urn:ces:problem:${kind}`;
}
