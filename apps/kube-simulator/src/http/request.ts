import { type IncomingMessage } from 'node:http';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import { type JsonValue } from '#core/json';
import { badRequest, tooLargeBody, unsupportedMediaType } from '../api-error.js';

/** The limit of kube-apiserver for a request's body. */
const mostBodyBytes = 3 * 1_024 * 1_024;

/** One request, with its body read when it is asked for. */
export class ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;

  constructor(private readonly message: IncomingMessage) {
    const url = new URL(message.url ?? '/', 'https://localhost');
    this.method = message.method ?? 'GET';
    this.path = url.pathname;
    this.query = url.searchParams;
  }

  get accept(): string | undefined {
    return this.message.headers.accept;
  }

  get contentType(): string {
    return this.message.headers['content-type'] ?? 'application/json';
  }

  get userAgent(): string | undefined {
    return this.message.headers['user-agent'];
  }

  /** Undefined without an Authorization header of the scheme Bearer. */
  get bearerToken(): string | undefined {
    return /^Bearer\s+(?<token>\S+)$/i.exec(this.message.headers.authorization ?? '')?.groups?.['token'];
  }

  /**
   * The body as JSON; YAML is taken too. Undefined when it is empty.
   * @throws ApiError 400, 413 or 415
   */
  async body(): Promise<JsonValue | undefined> {
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of this.message) {
      const buffer = z.instanceof(Buffer).parse(chunk);
      bytes += buffer.length;
      if (bytes <= mostBodyBytes) chunks.push(buffer);
    }
    if (bytes > mostBodyBytes) throw tooLargeBody(mostBodyBytes);
    const text = Buffer.concat(chunks).toString();
    return text === '' ? undefined : decode(text, this.contentType);
  }

  /** @throws ApiError 400, 413 or 415 */
  async requiredBody(): Promise<JsonValue> {
    const body = await this.body();
    if (body === undefined) throw badRequest('the request has no body');
    return body;
  }
}

const readable = ['application/json', 'application/yaml'];

function decode(text: string, contentType: string): JsonValue {
  const media = contentType.split(';')[0]?.trim().toLowerCase() ?? '';
  if (!readable.includes(media) && !/^application\/[a-z-]*patch\+(json|yaml)$/.test(media)) {
    throw unsupportedMediaType(readable);
  }
  try {
    const value: unknown = media.endsWith('yaml') ? parseYaml(text) : JSON.parse(text);
    return z.json().parse(value);
  } catch (error) {
    throw badRequest(`error decoding the body: ${error instanceof Error ? error.message : String(error)}`);
  }
}
