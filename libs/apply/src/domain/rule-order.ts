import { ownershipOf } from '#compile/ownership';
import { entriesOf, entryName } from '#compile/policy-entries';
import { planTenant } from '#compile/tenant-plan';
import { type DesiredTenant } from '#core/desired';
import { isJsonObject, type JsonObject, type JsonValue } from '#core/json';
import { type DeviceDifference } from './differences.js';

/** The policies of a declaration that are ours, with the names of their rules in order. */
export function declaredOrders(
  desired: DesiredTenant,
  declaration: JsonObject,
): ReadonlyMap<string, readonly string[]> {
  const plan = planTenant(desired);
  const shared = declaration['Shared'];
  if (plan === null || !isJsonObject(shared)) return new Map();
  const isOurs = ownershipOf(plan.installation);
  const policies = Object.entries(shared).filter(([name, object]) => isOurs(name) && isPolicy(object));
  return new Map(
    policies.map(([name, policy]) => [`/${desired.tenant}/Shared/${name}`, entriesOf(policy).map(entryName)]),
  );
}

/** AS3 does not compare the order of rules: what stands in another order than it was declared. */
export function orderDifference(
  object: string,
  declared: readonly string[],
  found: readonly string[],
): DeviceDifference | null {
  const present = new Set(found);
  const known = new Set(declared);
  const wanted = declared.filter((name) => present.has(name));
  const there = found.filter((name) => known.has(name));
  if (wanted.every((name, index) => name === there[index])) return null;
  return { object, type: 'changed', property: [order], found: there, declared: wanted };
}

/** No property of a policy is called so. */
const order = 'order';

export function isOrderDifference({ property: [member, ...more] }: DeviceDifference): boolean {
  return member === order && more.length === 0;
}

function isPolicy(object: JsonValue): boolean {
  return isJsonObject(object) && object['class'] === 'Firewall_Policy';
}
