import { Agent, type RequestOptions, request } from 'node:https';
import { type IncomingHttpHeaders } from 'node:http';
import { isJsonObject, type JsonObject, type JsonValue, parseJson } from '#core/json';
import { type BigipSimulator } from '../simulator.js';

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Null where there is no body. */
  readonly body: JsonValue;
}

export interface Client {
  get(path: string): Promise<Reply>;
  post(path: string, body: JsonValue): Promise<Reply>;
  patch(path: string, body: JsonValue): Promise<Reply>;
  put(path: string, body: JsonValue): Promise<Reply>;
  delete(path: string, body?: JsonValue): Promise<Reply>;
  /** As any of the others, with headers of one's own. */
  send(method: string, path: string, body?: JsonValue, headers?: Record<string, string>): Promise<Reply>;
}

export interface ClientOptions {
  readonly credentials?: string;
  /** Uses one connection for all requests, instead of one for each. */
  readonly keepAlive?: boolean;
}

/** Speaks HTTPS with the simulator, with its authority as the only trusted one. */
export function clientOf(simulator: BigipSimulator, options: ClientOptions = {}): Client {
  const { credentials = 'admin:admin', keepAlive = false } = options;
  const agent = new Agent({ ca: simulator.caCertificate, keepAlive });
  const authorization = `Basic ${Buffer.from(credentials).toString('base64')}`;
  const send: Client['send'] = (method, path, body, headers = { authorization }) => {
    const text = body === undefined ? '' : JSON.stringify(body);
    const content =
      text === '' ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
    return exchange(`${simulator.url}${path}`, { agent, method, headers: { ...headers, ...content } }, text);
  };
  return {
    send,
    get: (path) => send('GET', path),
    post: (path, body) => send('POST', path, body),
    patch: (path, body) => send('PATCH', path, body),
    put: (path, body) => send('PUT', path, body),
    delete: (path, body) => send('DELETE', path, body),
  };
}

function exchange(url: string, options: RequestOptions, text: string): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const sent = request(url, options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const received = Buffer.concat(chunks).toString('utf8');
        const { statusCode: status = 0, headers } = response;
        resolve({ status, headers, body: received === '' ? null : parseJson(received) });
      });
    });
    sent.on('error', reject);
    sent.end(text);
  });
}

/** The object at a path of names and indexes; an empty one where there is none. */
export function at(value: JsonValue | undefined, ...path: readonly (string | number)[]): JsonObject {
  const found = valueAt(value, ...path);
  return isJsonObject(found) ? found : {};
}

export function valueAt(value: JsonValue | undefined, ...path: readonly (string | number)[]): JsonValue | undefined {
  return path.reduce<JsonValue | undefined>((inner, step) => {
    if (Array.isArray(inner)) {
      const list: readonly JsonValue[] = inner;
      return list[Number(step)];
    }
    return isJsonObject(inner) ? inner[step] : undefined;
  }, value);
}

/** The text at a path; an empty one where there is none. */
export function textAt(value: JsonValue | undefined, ...path: readonly (string | number)[]): string {
  const found = valueAt(value, ...path);
  return typeof found === 'string' ? found : '';
}

export function list(value: JsonValue | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}
