import { type JsonValue } from '#core/json';

export interface RecordedRequest {
  readonly at: Date;
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly body: JsonValue | undefined;
}

const mostRequests = 1_000;
const mostBytes = 64 * 1024 * 1024;

/** What the simulator was asked, newest last; the oldest make room for new ones. */
export class RequestLog {
  #requests: { readonly request: RecordedRequest; readonly bytes: number }[] = [];
  #bytes = 0;

  get requests(): readonly RecordedRequest[] {
    return this.#requests.map(({ request }) => request);
  }

  /** @param bytes length of the body as it came */
  record(request: RecordedRequest, bytes: number): void {
    this.#requests.push({ request, bytes });
    this.#bytes += bytes;
    while (this.#requests.length > mostRequests || (this.#bytes > mostBytes && this.#requests.length > 1)) {
      this.#bytes -= this.#requests.shift()?.bytes ?? 0;
    }
  }

  clear(): void {
    this.#requests = [];
    this.#bytes = 0;
  }
}
