import { problemType } from '../domain/problem-details.js';
import { ApiProblem } from './api-connection.js';

/** Null where the API says that there is no such thing. */
export async function orNull<Answer>(answer: Promise<Answer>): Promise<Answer | null> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ApiProblem && error.details.type === problemType('not-found')) return null;
    throw error;
  }
}
