import { type IncomingMessage, Agent as HttpAgent, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest, type RequestOptions } from 'node:https';
import { type KubeConfig } from '@kubernetes/client-node';
import { type JsonValue, parseJson } from '#core/json';
import { readFailure } from '../domain/failure.js';
import { readWatchEvent, type WatchEvent } from '../domain/watch-event.js';
import { KubernetesError, NoAnswerError } from './kubernetes-error.js';
import { readLines } from './lines.js';
import { LinkedAbort } from './linked-abort.js';

export interface ReadRequest {
  /** `/api/v1/pods` */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
}

export interface WriteRequest {
  readonly method: 'POST' | 'PUT' | 'PATCH';
  readonly path: string;
  readonly body: JsonValue;
}

export interface KubernetesClientOptions {
  /** Milliseconds that a request may take as a whole (a watch: until it begins); 30,000 by default. */
  readonly timeout?: number;
  /** Milliseconds without a byte after which a watch counts as dead; 90,000 by default: the API server sends a bookmark about every minute. */
  readonly idleTimeout?: number;
}

/**
 * Speaks to the Kubernetes API server over Node's own HTTP client, on connections that are kept open. Server,
 * credentials and TLS come from the kubeconfig and are read anew for each request, so that rotated ones are used.
 *
 * Every method throws KubernetesError when the API server refuses, NoAnswerError when it takes too long, the signal's
 * reason when that is aborted, and Node's own errors when the connection fails.
 */
export class KubernetesClient {
  readonly #config: KubeConfig;
  readonly #timeout: number;
  readonly #idleTimeout: number;
  readonly #https = new HttpsAgent({ keepAlive: true });
  readonly #http = new HttpAgent({ keepAlive: true });

  constructor(config: KubeConfig, { timeout = 30_000, idleTimeout = 90_000 }: KubernetesClientOptions = {}) {
    this.#config = config;
    this.#timeout = timeout;
    this.#idleTimeout = idleTimeout;
  }

  /** The parsed body of a GET. */
  async get(request: ReadRequest, signal: AbortSignal): Promise<JsonValue> {
    return this.#exchange({ method: 'GET', ...request }, signal);
  }

  /** Sends JSON (PATCH: a JSON patch, RFC 6902) and returns the parsed answer. */
  async send(request: WriteRequest, signal: AbortSignal): Promise<JsonValue> {
    return this.#exchange(request, signal);
  }

  /**
   * Begins a watch: resolves when the API server has accepted it. The events end when the server ends it; they are read
   * only as fast as they are asked for. They must be iterated.
   * @throws besides what every method throws, while iterating: SyntaxError for a line that is not JSON.
   */
  async watch(request: ReadRequest, signal: AbortSignal): Promise<AsyncGenerator<WatchEvent, void, void>> {
    const name = `watch of ${request.path}`;
    const guard = new LinkedAbort(signal);
    try {
      guard.arm(this.#timeout, new NoAnswerError(name, this.#timeout));
      const response = await this.#open({ method: 'GET', ...request }, guard.signal);
      // Whoever reads gets the error; this is for the moment in which nobody does.
      response.on('error', () => undefined);
      return this.#events(name, response, guard);
    } catch (error) {
      guard.close();
      throw guard.reason ?? error;
    } finally {
      guard.disarm();
    }
  }

  async *#events(name: string, response: IncomingMessage, guard: LinkedAbort): AsyncGenerator<WatchEvent, void, void> {
    const idleTimeout = this.#idleTimeout;
    const onIdle = () => {
      guard.abort(new NoAnswerError(name, idleTimeout));
    };
    try {
      for await (const line of readLines(response, { idleTimeout, onIdle })) yield readWatchEvent(parseJson(line));
    } catch (error) {
      throw guard.reason ?? error;
    } finally {
      guard.close();
      guard.abort(new Error(`The ${name} has ended.`));
    }
  }

  /** Closes the connections that are kept open. */
  close(): void {
    this.#https.destroy();
    this.#http.destroy();
  }

  async #exchange(request: Request, signal: AbortSignal): Promise<JsonValue> {
    const guard = new LinkedAbort(signal);
    try {
      guard.arm(this.#timeout, new NoAnswerError(`${request.method} ${request.path}`, this.#timeout));
      return parseJson(await readText(await this.#open(request, guard.signal)));
    } catch (error) {
      throw guard.reason ?? error;
    } finally {
      guard.close();
    }
  }

  /** The answer when it is a success, its body not yet read. */
  async #open(request: Request, signal: AbortSignal): Promise<IncomingMessage> {
    const cluster = this.#config.getCurrentCluster();
    if (cluster === null) throw new Error('The kubeconfig has no current cluster. Set one with kubectl config.');
    const url = new URL(cluster.server.replace(/\/+$/, '') + request.path);
    for (const [key, value] of Object.entries(request.query ?? {})) url.searchParams.set(key, value);
    const options: RequestOptions = {};
    await this.#config.applyToHTTPSOptions(options);
    const plain = url.protocol === 'http:';
    // The library's agent keeps the TLS settings that it saw first, and no connection; it is needed for a proxy only.
    if (!cluster.proxyUrl) options.agent = plain ? this.#http : this.#https;
    const body = request.body === undefined ? null : JSON.stringify(request.body);
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const outgoing = (plain ? httpRequest : httpsRequest)(
        url,
        { ...options, method: request.method, signal },
        resolve,
      );
      for (const [name, value] of headersOf(request, body)) outgoing.setHeader(name, value);
      outgoing.on('error', reject);
      outgoing.end(body ?? undefined);
    });
    const status = response.statusCode ?? 0;
    if (status >= 200 && status < 300) return response;
    const text = await readText(response);
    const retryAfter = response.headers['retry-after'] ?? null;
    throw new KubernetesError(`${request.method} ${request.path}`, readFailure(status, jsonOrNull(text), retryAfter));
  }
}

interface Request {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH';
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: JsonValue;
}

function headersOf(
  request: Request,
  body: string | null,
): readonly (readonly [name: string, value: string | number])[] {
  const common = [
    ['accept', 'application/json'],
    ['user-agent', 'container-egress-services'],
  ] as const;
  if (body === null) return common;
  const type = request.method === 'PATCH' ? 'application/json-patch+json' : 'application/json';
  return [...common, ['content-type', type], ['content-length', Buffer.byteLength(body)]];
}

async function readText(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

/** A gateway before the API server may answer with anything. */
function jsonOrNull(text: string): JsonValue {
  try {
    return parseJson(text);
  } catch {
    return null;
  }
}
