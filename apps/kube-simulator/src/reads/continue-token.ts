import { z } from 'zod';
import { badRequest } from '../api-error.js';

/** Where a paged list goes on. */
export interface ContinueToken {
  /** The revision of the first page; -1: go on at the newest one, with an inconsistent list. */
  readonly revision: number;
  /** The first key that may come next, below the list's prefix. */
  readonly start: string;
}

const token = z.object({ v: z.literal('meta.k8s.io/v1'), rv: z.int(), start: z.string().min(1) });

/** In the format of k8s.io/apiserver/pkg/storage/continue.go. */
export function encodeContinue({ revision, start }: ContinueToken): string {
  return Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: revision, start })).toString('base64url');
}

/** @throws ApiError 400 */
export function decodeContinue(text: string): ContinueToken {
  try {
    const { rv, start } = token.parse(JSON.parse(Buffer.from(text, 'base64url').toString()));
    if (rv !== 0) return { revision: rv, start };
  } catch {
    // Falls through to the refusal: whatever is wrong with the token, the client can only begin anew.
  }
  throw badRequest('invalid continue token: continue key is not valid');
}
