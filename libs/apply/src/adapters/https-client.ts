import { type JsonValue } from '#core/json';
import { type UsernameAndPassword } from '#platform/bigip-credentials';
import { Agent, request as httpsRequest } from 'node:https';
import { type IncomingMessage } from 'node:http';
import { DeviceFailure, type FailureKind } from '../domain/failures.js';

export interface HttpsClientOptions {
  /** `https://host:port`. */
  readonly url: string;
  /** Asked before every request, so that rotated credentials are used at once. */
  readonly credentials: () => Promise<UsernameAndPassword>;
  readonly tls: { readonly verify: true; readonly ca: string | null } | { readonly verify: false };
  /** Silence on the connection for so long, in milliseconds, ends a request. */
  readonly timeout: number;
}

export interface Call {
  readonly method: 'GET' | 'POST' | 'PATCH';
  readonly path: string;
  readonly body?: JsonValue;
}

export interface Answer {
  readonly status: number;
  /** Null for an empty body. */
  readonly body: JsonValue;
}

/** An answer larger than this is not ours to hold in memory, in bytes. */
const largestAnswer = 128 * 1024 * 1024;

/** JSON over HTTPS with Basic authentication; connections are kept. Redirects are not followed. */
export class HttpsClient {
  private readonly agent: Agent;
  private readonly url: URL;

  constructor(private readonly options: HttpsClientOptions) {
    const { tls } = options;
    this.url = new URL(options.url);
    this.agent = new Agent({
      keepAlive: true,
      maxSockets: 4,
      minVersion: 'TLSv1.2',
      rejectUnauthorized: tls.verify,
      ...(tls.verify && tls.ca !== null ? { ca: tls.ca } : {}),
    });
  }

  /** Names it among the units of a pair. */
  get name(): string {
    return this.options.url;
  }

  /**
   * Sends one request.
   * @throws DeviceFailure: `unreachable`, `tls` before anything was sent; `answer-lost` or `timeout` afterwards;
   *   `not-understood` when the answer is no JSON. The signal's reason when it was aborted.
   */
  async call({ method, path, body }: Call, signal: AbortSignal): Promise<Answer> {
    signal.throwIfAborted();
    const { username, password } = await this.options.credentials();
    const payload = body === undefined ? null : JSON.stringify(body);
    const text = await new Promise<{ status: number; text: string }>((resolve, reject) => {
      const exchange = { sent: false };
      const request = httpsRequest({
        agent: this.agent,
        host: this.url.hostname.replace(/^\[|\]$/g, ''),
        port: this.url.port || 443,
        method,
        path,
        signal,
        timeout: this.options.timeout,
        headers: {
          accept: 'application/json',
          authorization: `Basic ${Buffer.from(`${username}:${password.reveal()}`).toString('base64')}`,
          ...(payload === null
            ? {}
            : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) }),
        },
      });
      request.on('socket', (socket) => {
        if (!socket.connecting) exchange.sent = true;
        else socket.once('secureConnect', () => (exchange.sent = true));
      });
      request.on('timeout', () => {
        request.destroy(new DeviceFailure('timeout', `no answer within ${String(this.options.timeout / 1_000)} s`));
      });
      request.on('error', (error) => {
        reject(signal.aborted ? (signal.reason as Error) : networkFailure(error, exchange.sent));
      });
      request.on('response', (response) => {
        readText(response).then(
          (received) => {
            resolve({ status: response.statusCode ?? 0, text: received });
          },
          (error: unknown) => {
            reject(signal.aborted ? (signal.reason as Error) : networkFailure(error, true));
          },
        );
      });
      request.end(payload ?? undefined);
    });
    return { status: text.status, body: parse(text) };
  }

  close(): void {
    this.agent.destroy();
  }
}

async function readText(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > largestAnswer) throw new DeviceFailure('not-understood', 'an answer of more than 128 MiB');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** An error page of the BIG-IP's web server is HTML: its status says enough. A success has to be JSON. */
function parse({ status, text }: { status: number; text: string }): JsonValue {
  if (text.trim() === '') return null;
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    if (status >= 400) return null;
    throw new DeviceFailure('not-understood', `status ${String(status)} with a body that is not JSON`);
  }
}

function networkFailure(error: unknown, sent: boolean): DeviceFailure {
  if (error instanceof DeviceFailure) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
  if (!sent && isCertificateError(code)) return new DeviceFailure('tls', code);
  const kind: FailureKind = sent ? 'answer-lost' : 'unreachable';
  return new DeviceFailure(kind, code);
}

function isCertificateError(code: string): boolean {
  return /CERT|SELF_SIGNED|UNABLE_TO_|ERR_TLS|ERR_SSL|HOSTNAME_MISMATCH|EPROTO/.test(code);
}
