import { compileTenant, type CompiledTenant, type CompileInput } from '#compile/compile-tenant';
import { entriesOf, entryName } from '#compile/policy-entries';
import { requestFor } from '#compile/request';
import { isJsonObject, type JsonObject } from '#core/json';
import { expectConformance } from './as3-conformance.js';
import { desiredTenant } from './builders.js';

/**
 * Compiles for a current AS3 on first contact unless told otherwise, and checks every request of the result against F5's schema.
 * @throws Error when nothing is declared, or a request is not valid.
 */
export function compiled(overrides: Partial<CompileInput> = {}): CompiledTenant {
  const result = compileTenant({ desired: desiredTenant(), as3Version: '3.56.0', stored: null, ...overrides });
  if (result === null) throw new Error('nothing is declared');
  return conforming(result);
}

/** The same result, all of whose requests were found valid: for old schema versions against the old schema too. */
export function conforming(result: CompiledTenant): CompiledTenant {
  for (const step of result.steps) {
    expectConformance(requestFor(result, step, { epoch: 7, lockKey: 'key' }));
    // The schema of 3.29 knows no lock key in Common yet; devices need 3.30.
    if (/^3\.[012]?\d\./.test(result.schemaVersion)) expectConformance(requestFor(result, step), '3.29.0');
  }
  return result;
}

/** The Shared application of a tenant's body. */
export function sharedOf(body: JsonObject): JsonObject {
  const shared = body['Shared'];
  if (!isJsonObject(shared)) throw new Error('the tenant has no Shared application');
  return shared;
}

/** Names of what stands in a policy: references by the rule list's name, rules by their own. */
export function policyNames(body: JsonObject, policy: string): string[] {
  const object = sharedOf(body)[policy];
  if (object === undefined) throw new Error(`there is no policy ${policy}`);
  return entriesOf(object).map(entryName);
}
