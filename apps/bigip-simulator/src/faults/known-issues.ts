import { isRuleListReference, nameOf } from '../device/objects.js';
import { type DeviceState, objectsIn } from '../device/state.js';
import { type ObjectChange } from '../as3/difference.js';

/**
 * Open faults of AS3, by their number on its tracker; none is in effect unless switched on.
 * - `#557`: an address list in /Common/Shared is answered with "already exists"
 * - `#599`: a tenant whose lock key does not fit is refused with 422, and changed nevertheless (fixed in 3.38)
 * - `#780`: a large declaration ends in an asynchronous 500 although it was applied
 * - `#886`: deleting an application whose firewall policy uses an iRule fails
 * - `#893`: with three or more rule lists in /Common/Shared, later POST and DELETE calls fail
 */
export const knownIssues = ['#557', '#599', '#780', '#886', '#893'] as const;
export type KnownIssue = (typeof knownIssues)[number];

/** How AS3 or the device refuses a tenant's changes because of one of these faults; null when none applies. */
export function refusalByKnownIssue(
  issues: ReadonlySet<KnownIssue>,
  state: DeviceState,
  changes: readonly ObjectChange[],
): string | null {
  if (issues.has('#893') && sharedRuleLists(state) >= 3) return 'Cannot convert undefined or null to object';
  const list = changes.find(
    ({ command, change, path }) =>
      command === 'security firewall address-list' && change !== 'delete' && path.startsWith('/Common/Shared/'),
  );
  if (issues.has('#557') && list) {
    return `01020066:3: The requested Firewall Address List (${list.path}) already exists in partition Common.`;
  }
  const iRule = changes.find(
    ({ command, change, path }) => command === 'ltm rule' && change === 'delete' && triggeredByPolicy(state, path),
  );
  if (issues.has('#886') && iRule) {
    return `01070265:3: The rule (${iRule.path}) cannot be deleted because it is in use by a firewall rule.`;
  }
  return null;
}

function sharedRuleLists(state: DeviceState): number {
  return objectsIn(state, 'Common').filter(
    (object) => object.kind === 'rule-list' && object.path === `/Common/Shared/${nameOf(object.path)}`,
  ).length;
}

function triggeredByPolicy(state: DeviceState, iRule: string): boolean {
  return [...state.objects.values()].some(
    (object) =>
      object.kind === 'policy' && object.rules.some((rule) => !isRuleListReference(rule) && rule.iRule === iRule),
  );
}
