import { type JsonValue } from '#core/json';

/** What a request is answered with. */
export interface Answer {
  readonly status: number;
  /** Null for an answer without a body. */
  readonly body: JsonValue;
  /** Done when the answer is on its way. */
  readonly afterwards?: () => Promise<unknown>;
}

export function failed(code: number, message: string): Answer {
  return { status: code, body: { code, message } };
}
