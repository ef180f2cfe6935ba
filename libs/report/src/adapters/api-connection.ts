import { type z } from 'zod';
import { problem } from '../api/answers.js';
import { basePath, type Operation } from '../api/operations.js';
import { type ProblemDetails } from '../domain/problem-details.js';
import { serverSentData } from './server-sent-data.js';
import { Silence } from './silence.js';

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
    const url = this.urlOf(operation, request);
    const signal = AbortSignal.timeout(this.timeout);
    const response = await this.send(url, operation, request, signal);
    const text = await this.orUnreachable(response.text());
    const answer = parsedJson(url, text);
    if (response.status !== operation.status) throw refusal(url, response.status, answer);
    return understood(url, operation, answer);
  }

  /**
   * Asks for what comes one after another, and gives it as it comes; a null whenever the API says no more than that it is
   * there. Ends when the signal is aborted.
   * @throws ApiUnreachable, also when the API goes away or falls silent; ApiProblem, ApiNotUnderstood
   */
  async *follow<Answer>(
    operation: Operation<Answer>,
    request: ApiRequest,
    signal: AbortSignal,
  ): AsyncGenerator<Answer | null, void, void> {
    const url = this.urlOf(operation, request);
    const silence = new Silence(this.timeout);
    try {
      const response = await this.send(url, operation, request, AbortSignal.any([signal, silence.signal]));
      if (response.status !== operation.status || response.body === null) {
        throw refusal(url, response.status, parsedJson(url, await this.orUnreachable(response.text())));
      }
      const data = serverSentData((reason) => {
        throw new ApiNotUnderstood(url, reason);
      });
      // Read by a loop, whose end cancels the body and with it the connection.
      for await (const chunk of this.chunksOf(response.body)) {
        silence.broken();
        const texts = data(chunk);
        if (texts.length === 0) yield null;
        for (const text of texts) yield understood(url, operation, parsedJson(url, text));
      }
      throw new ApiUnreachable(this.options.url, 'it closed the connection');
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      silence.end();
    }
  }

  private async *chunksOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array, void, void> {
    try {
      yield* body;
    } catch (error) {
      throw this.unreachable(error);
    }
  }

  private get timeout(): number {
    return this.options.timeout ?? 30_000;
  }

  private urlOf({ path }: Operation, request: ApiRequest): string {
    return `${this.options.url}${basePath}${filled(path, request.path)}${queryText(request.query)}`;
  }

  private send(url: string, { method, live }: Operation, { body }: ApiRequest, signal: AbortSignal): Promise<Response> {
    const sent = fetch(url, {
      method,
      headers: {
        accept: `${live === true ? 'text/event-stream' : 'application/json'}, application/problem+json`,
        'user-agent': this.options.userAgent,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      redirect: 'error',
      signal,
    });
    return this.orUnreachable(sent);
  }

  private async orUnreachable<Result>(result: Promise<Result>): Promise<Result> {
    try {
      return await result;
    } catch (error) {
      throw this.unreachable(error);
    }
  }

  private unreachable(error: unknown): ApiUnreachable {
    return new ApiUnreachable(this.options.url, reasonOf(error, this.timeout), { cause: error });
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

function understood<Answer>(url: string, { answer }: Operation<Answer>, value: unknown): Answer {
  const parsed = answer.safeParse(value);
  if (!parsed.success) throw new ApiNotUnderstood(url, firstIssue(parsed.error));
  return parsed.data;
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
