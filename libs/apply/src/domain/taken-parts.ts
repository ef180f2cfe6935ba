import { bodyAfterFirstPass } from '#compile/first-pass';
import { commonTenant } from '#core/configuration';
import { type TakenPart } from '#project/ports/apply-log';
import { type TakenDeclaration } from '#project/ports/desired-state';
import { succeeded, type TenantResult } from './classify.js';
import { type StoredTenant } from './contact.js';

/**
 * AS3 applies Common in two transactions and stores a declaration only when both went through: what the device took of one
 * that it refused, by the two results that AS3 gives. Null where it holds what it held before.
 */
export function takenPart(results: readonly TenantResult[], tenant: string): TakenPart | null {
  const [first, second] = results.filter((result) => result.tenant === commonTenant);
  if (tenant !== commonTenant || first === undefined || second === undefined) return null;
  if (succeeded(second)) return 'all';
  return succeeded(first) && first.message !== 'no change' ? 'additions' : null;
}

/** What the device holds, as far as that is known, under the lock key of what AS3 stored. */
export function heldTenant(stored: StoredTenant | null, taken: readonly TakenDeclaration[]): StoredTenant | null {
  if (taken.length === 0) return stored;
  const body = taken.reduce(
    (held, { part, declaration }) => (part === 'all' ? declaration : bodyAfterFirstPass(held, declaration)),
    stored?.body ?? null,
  );
  return body === null ? stored : { body, lockKey: stored?.lockKey ?? null };
}
