import { type ServerResponse } from 'node:http';
import { type JsonValue } from '#core/json';
import { ApiError, internalError } from '../api-error.js';
import { type WatchSink } from '../reads/watch-stream.js';

/** The answer to one request, which faults may cut short. */
export class Answer {
  #cutAfter: number | undefined;

  constructor(
    private readonly response: ServerResponse,
    private readonly resetConnection: (response: ServerResponse) => void,
  ) {}

  /** 0: not answered. */
  get code(): number {
    return this.response.headersSent ? this.response.statusCode : 0;
  }

  /** The body will end after so many bytes, with a reset. */
  cutAfter(bytes: number): void {
    this.#cutAfter = bytes;
  }

  json(code: number, value: JsonValue): void {
    this.jsonText(code, JSON.stringify(value));
  }

  /** @param text JSON that is text already */
  jsonText(code: number, text: string): void {
    this.#send(code, 'application/json', text);
  }

  plain(code: number, text: string): void {
    this.#send(code, 'text/plain; charset=utf-8', text);
  }

  /** What went wrong, as a Status. */
  failure(error: unknown): void {
    if (this.response.headersSent) {
      this.reset();
      return;
    }
    const refusal =
      error instanceof ApiError ? error : internalError(error instanceof Error ? error.message : String(error));
    const { retryAfterSeconds } = refusal.details ?? {};
    if (retryAfterSeconds !== undefined) this.response.setHeader('Retry-After', String(retryAfterSeconds));
    this.json(refusal.code, refusal.toStatus());
  }

  reset(): void {
    this.resetConnection(this.response);
  }

  /** Opens a stream of JSON lines. */
  stream(): WatchSink {
    const { response } = this;
    response.writeHead(200, { 'Content-Type': 'application/json', 'Cache-Control': 'no-cache, private' });
    response.flushHeaders();
    return {
      write: (chunk) => response.write(chunk),
      get bufferedBytes() {
        return response.writableLength;
      },
      end: () => response.end(),
      reset: () => {
        this.#resetAfterWrites();
      },
    };
  }

  onClosed(listener: () => void): void {
    this.response.once('close', listener);
  }

  #send(code: number, contentType: string, text: string): void {
    const body = Buffer.from(text);
    this.response.writeHead(code, {
      'Content-Type': contentType,
      'Content-Length': body.length,
      'Cache-Control': 'no-cache, private',
    });
    if (this.#cutAfter === undefined) {
      this.response.end(body);
      return;
    }
    this.response.write(body.subarray(0, this.#cutAfter));
    this.#resetAfterWrites();
  }

  /** A reset discards what is still on its way: so what was written goes out first. */
  #resetAfterWrites(): void {
    const reset = (): void => {
      this.reset();
    };
    if (this.response.writableLength > 0) this.response.write('', reset);
    else setImmediate(reset);
  }
}
