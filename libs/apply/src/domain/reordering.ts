import { type CompiledTenant } from '#compile/compile-tenant';
import { type DesiredTenant } from '#core/desired';
import { isJsonObject, type JsonObject } from '#core/json';
import { declaredOrders } from './rule-order.js';

/**
 * AS3 does not compare the order of rules, so that declaring the same again would leave them as somebody else has put them.
 * In one step more our policies say something else of themselves: with that AS3 makes them anew, in order, and once more in
 * the last step. Each is one transaction.
 */
export function withReordering(compiled: CompiledTenant, desired: DesiredTenant): CompiledTenant {
  const { steps, declaration } = compiled;
  return { ...compiled, steps: [...steps.slice(0, -1), remarked(declaration, desired), declaration] };
}

function remarked(declaration: JsonObject, desired: DesiredTenant): JsonObject {
  const { Shared: shared } = declaration;
  if (!isJsonObject(shared)) return declaration;
  const policies = new Set([...declaredOrders(desired, declaration).keys()].map((path) => path.split('/').at(-1)));
  const members = Object.entries(shared).map(([name, member]) => [
    name,
    policies.has(name) && isJsonObject(member) ? { ...member, remark: 'in order again' } : member,
  ]);
  return { ...declaration, Shared: Object.fromEntries(members) as JsonObject };
}
