import { once } from 'node:events';
import { type IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { text } from 'node:stream/consumers';
import { type JsonValue, parseJson } from '#core/json';

export interface HttpsClientOptions {
  /** `https://127.0.0.1:6443` */
  readonly url: string;
  /** PEM of the authority to trust. */
  readonly authority: string;
  /** The header of that name. */
  readonly authorization: string;
  /** Connections at the same time; one by default. */
  readonly connections?: number;
}

export interface Answer {
  readonly status: number;
  readonly body: JsonValue;
}

/** Speaks JSON with a server of the tests, on connections that are kept open. */
export class HttpsClient {
  readonly #options: HttpsClientOptions;
  readonly #agent: Agent;

  constructor(options: HttpsClientOptions) {
    this.#options = options;
    this.#agent = new Agent({ ca: options.authority, keepAlive: true, maxSockets: options.connections ?? 1 });
  }

  /** The answer, whatever its status. @throws Node's own errors when the connection fails. */
  async send(method: string, path: string, body?: JsonValue, contentType = 'application/json'): Promise<Answer> {
    const payload = body === undefined ? '' : JSON.stringify(body);
    const headers = {
      authorization: this.#options.authorization,
      accept: 'application/json',
      ...(body === undefined ? {} : { 'content-type': contentType, 'content-length': Buffer.byteLength(payload) }),
    };
    const outgoing = request(this.#options.url + path, { method, headers, agent: this.#agent, timeout: 60_000 });
    outgoing.once('timeout', () => outgoing.destroy(new Error(`${method} ${path} was not answered in time.`)));
    outgoing.end(payload);
    const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
    const received = await text(response);
    return { status: response.statusCode ?? 0, body: jsonOrText(received) };
  }

  close(): void {
    this.#agent.destroy();
  }
}

function jsonOrText(received: string): JsonValue {
  try {
    return parseJson(received);
  } catch {
    return received;
  }
}
