import { Agent, request } from 'node:https';
import { type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { z } from 'zod';
import { type JsonObject, type JsonValue } from '#core/json';
import { type KubeSimulator } from '../simulator.js';

export interface Response {
  readonly code: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The body as an object; empty when it is none. */
  readonly body: JsonObject;
}

export interface Sent {
  readonly body?: JsonValue;
  readonly contentType?: string;
  readonly accept?: string;
  readonly userAgent?: string;
  /** Undefined: the administrator's; null: none. */
  readonly token?: string | null;
}

const object = z.record(z.string(), z.json());

/** A plain HTTPS client for specs: it sees bytes and connections as they are, and hides nothing. */
export class HttpsClient {
  readonly #agent: Agent;

  constructor(private readonly simulator: KubeSimulator) {
    this.#agent = new Agent({ keepAlive: true, ca: simulator.caCertificate });
  }

  get(path: string, sent: Sent = {}): Promise<Response> {
    return this.send('GET', path, sent);
  }

  post(path: string, body: JsonValue, sent: Sent = {}): Promise<Response> {
    return this.send('POST', path, { ...sent, body });
  }

  put(path: string, body: JsonValue, sent: Sent = {}): Promise<Response> {
    return this.send('PUT', path, { ...sent, body });
  }

  mergePatch(path: string, body: JsonValue, sent: Sent = {}): Promise<Response> {
    return this.send('PATCH', path, { contentType: 'application/merge-patch+json', ...sent, body });
  }

  delete(path: string, body?: JsonValue): Promise<Response> {
    return this.send('DELETE', path, body === undefined ? {} : { body });
  }

  async send(method: string, path: string, sent: Sent = {}): Promise<Response> {
    const message = await this.#open(method, path, sent);
    const chunks: Buffer[] = [];
    for await (const chunk of message) chunks.push(z.instanceof(Buffer).parse(chunk));
    const text = Buffer.concat(chunks).toString();
    const isObject = message.headers['content-type'] === 'application/json' && text.startsWith('{');
    const body = isObject ? object.parse(JSON.parse(text)) : {};
    return { code: message.statusCode ?? 0, headers: message.headers, text, body };
  }

  /** Opens a watch; resolves when its headers are there. */
  async watch(path: string, sent: Sent = {}): Promise<Watch> {
    const message = await this.#open('GET', path, sent);
    return new Watch(message);
  }

  close(): void {
    this.#agent.destroy();
  }

  #open(method: string, path: string, { body, contentType, accept, userAgent, token }: Sent): Promise<IncomingMessage> {
    const payload = body === undefined ? '' : JSON.stringify(body);
    const bearer = token === undefined ? this.simulator.token : token;
    const headers = {
      ...(bearer === null ? {} : { authorization: `Bearer ${bearer}` }),
      ...(body === undefined ? {} : { 'content-type': contentType ?? 'application/json' }),
      'content-length': String(Buffer.byteLength(payload)),
      ...(accept === undefined ? {} : { accept }),
      ...(userAgent === undefined ? {} : { 'user-agent': userAgent }),
    };
    return new Promise((resolve, reject) => {
      const outgoing = request(this.simulator.url + path, { method, headers, agent: this.#agent }, resolve);
      outgoing.once('error', reject);
      outgoing.end(payload);
    });
  }
}

/** An open watch and what has come so far. */
export class Watch {
  /** How the stream stands: `ended` properly, or `broken` off. */
  state: 'open' | 'ended' | 'broken' = 'open';
  readonly code: number;
  #text = '';

  constructor(private readonly message: IncomingMessage) {
    this.code = message.statusCode ?? 0;
    message.setEncoding('utf8');
    message.on('data', (chunk: string) => {
      this.#text += chunk;
    });
    message.once('end', () => {
      if (this.state === 'open') this.state = 'ended';
    });
    message.once('error', () => {
      this.state = 'broken';
    });
  }

  /** The events of the whole lines. */
  get events(): readonly JsonObject[] {
    return this.#text
      .split('\n')
      .slice(0, -1)
      .map((line) => object.parse(JSON.parse(line)));
  }

  /** What came after the last whole line. */
  get rest(): string {
    return this.#text.split('\n').at(-1) ?? '';
  }

  /** `ADDED web`, `BOOKMARK `: type and name of every event. */
  get summary(): readonly string[] {
    const named = z.object({
      type: z.string(),
      object: z.object({ metadata: z.object({ name: z.string().default('') }).optional() }),
    });
    return this.events
      .map((event) => named.parse(event))
      .map(({ type, object: { metadata } }) => `${type} ${metadata?.name ?? ''}`);
  }

  abandon(): void {
    this.message.destroy();
  }
}
