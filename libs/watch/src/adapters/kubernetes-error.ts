import { type ApiFailure, type FailureMeaning, meaningOf } from '../domain/failure.js';

/** The API server refused a request. */
export class KubernetesError extends Error {
  override readonly name = 'KubernetesError';
  readonly meaning: FailureMeaning;

  constructor(
    /** `GET /api/v1/pods`: no query, no credentials. */
    readonly request: string,
    readonly failure: ApiFailure,
  ) {
    super(`${request} was answered with ${failure.code}${failure.reason && ` ${failure.reason}`}: ${failure.message}`);
    this.meaning = meaningOf(failure);
  }
}

/** The API server did not answer, or fell silent. */
export class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError';

  constructor(
    readonly request: string,
    readonly milliseconds: number,
  ) {
    super(`${request}: nothing was heard for ${milliseconds} ms`);
  }
}
