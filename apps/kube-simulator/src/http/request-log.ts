/** A request as tests look at it afterwards. */
export interface RequestRecord {
  readonly at: string;
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly userAgent: string;
  /** 0 until it is answered; a watch is answered when it opens. */
  code: number;
}

/** The most recent requests to the API, oldest first. */
export class RequestLog {
  readonly #records: RequestRecord[] = [];

  constructor(private readonly most: number) {}

  add(record: RequestRecord): void {
    this.#records.push(record);
    if (this.#records.length > this.most * 1.25) this.#records.splice(0, this.#records.length - this.most);
  }

  get records(): readonly RequestRecord[] {
    return this.#records;
  }

  clear(): void {
    this.#records.length = 0;
  }
}
