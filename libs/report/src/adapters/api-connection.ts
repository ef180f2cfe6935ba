import { type z } from 'zod';
import { problem } from '../api/answers.js';
import { basePath, type Operation } from '../api/operations.js';
import { type ProblemDetails } from '../domain/problem-details.js';

export interface ApiConnectionOptions {
  /** Where the API answers, without `/api/v1`: `http://127.0.0.1:8080`. */
  readonly url: string;
  /** Who asks: it stands in the audit of commands. */
  readonly userAgent: string;
  /** Milliseconds that an answer may take; 30,000 by default. */
  readonly timeout?: number;
}

/** Values for the parts of a request, by the names that the operation gives them. */
export interface ApiRequest {
  readonly path?: Readonly<Record<string, string | number>>;
  /** What is undefined is left out. */
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly body?: object;
}

/** Nothing answers at the URL, or not in time. */
export class ApiUnreachable extends Error {
  override readonly name = 'ApiUnreachable';

  constructor(
    readonly url: string,
    reason: string,
    options: ErrorOptions = {},
  ) {
    super(`The API at ${url} cannot be reached: ${reason}`, options);
  }
}

/** What answers at the URL is not the API, or the API of another version. */
export class ApiNotUnderstood extends Error {
  override readonly name = 'ApiNotUnderstood';

  constructor(
    readonly url: string,
    reason: string,
  ) {
    super(`The answer of ${url} is not one of this version's API: ${reason}`);
  }
}

/** The API says that it cannot, or will not, do what it was asked. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';

  constructor(
    readonly url: string,
    readonly details: ProblemDetails,
  ) {
    const parts = (details.errors ?? []).map((error) => ` ${error.in}${error.pointer}: ${error.detail}.`);
    super(`${details.detail}${parts.join('')}`);
  }
}

/** Speaks to the API over HTTP. */
export class ApiConnection {
  constructor(private readonly options: ApiConnectionOptions) {}

  /**
   * Asks, and parses what is answered.
   * @throws ApiUnreachable, ApiProblem, ApiNotUnderstood
   */
  async call<Answer>(operation: Operation<Answer>, request: ApiRequest = {}): Promise<Answer> {
    const url = `${this.options.url}${basePath}${filled(operation.path, request.path)}${queryText(request.query)}`;
    const { status, text } = await this.exchange(url, operation, request);
    const answer = parsedJson(url, text);
    if (status !== operation.status) throw refusal(url, status, answer);
    const parsed = operation.answer.safeParse(answer);
    if (!parsed.success) throw new ApiNotUnderstood(url, firstIssue(parsed.error));
    return parsed.data;
  }

  private async exchange(
    url: string,
    { method }: Operation,
    { body }: ApiRequest,
  ): Promise<{ status: number; text: string }> {
    const { userAgent, timeout = 30_000 } = this.options;
    try {
      const response = await fetch(url, {
        method,
        headers: {
          accept: 'application/json, application/problem+json',
          'user-agent': userAgent,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        redirect: 'error',
        signal: AbortSignal.timeout(timeout),
      });
      return { status: response.status, text: await response.text() };
    } catch (error) {
      throw new ApiUnreachable(this.options.url, reasonOf(error, timeout), { cause: error });
    }
  }
}

function filled(path: string, values: ApiRequest['path'] = {}): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(values[name] ?? ''));
}

function queryText(values: ApiRequest['query'] = {}): string {
  const given = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) if (value !== undefined) given.set(name, String(value));
  return given.size === 0 ? '' : `?${given.toString()}`;
}

function parsedJson(url: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ApiNotUnderstood(url, 'it is not JSON');
  }
}

function refusal(url: string, status: number, answer: unknown): Error {
  const parsed = problem.safeParse(answer);
  return parsed.success ? new ApiProblem(url, parsed.data) : new ApiNotUnderstood(url, `status ${status}`);
}

function firstIssue(error: z.ZodError): string {
  const [issue] = error.issues;
  return issue === undefined ? 'it is not valid' : `${issue.path.join('.')}: ${issue.message}`;
}

/** Node's fetch hides what happened in a chain of causes. */
function reasonOf(error: unknown, timeout: number): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `no answer within ${timeout / 1_000} s`;
  if (error.cause instanceof Error) return reasonOf(error.cause, timeout);
  return error.message === '' && 'code' in error ? String(error.code) : error.message;
}
