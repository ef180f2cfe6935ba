import { type Enforcement } from '#compile/compile-tenant';
import { denyAllRule } from '#compile/names';
import { ownerOf, ownershipOf } from '#compile/ownership';
import { entriesOf, entryName } from '#compile/policy-entries';
import { planTenant, type TenantPlan } from '#compile/tenant-plan';
import { type DesiredTenant } from '#core/desired';
import { isJsonObject, type JsonObject } from '#core/json';
import { compareTexts } from '#core/order';
import { ruleKey } from '#project/domain/last-good';
import { type DriftedObject, type DriftFinding, type RuleReference } from '#project/ports/drift';
import { type AppliedVersion } from '#project/ports/desired-state';
import { type DeviceDifference } from './differences.js';
import { heldInstead } from './drift-holds.js';
import { isOrderDifference } from './rule-order.js';

/** A place of enforcement where our policy does not stand. */
export interface LostEnforcement {
  readonly enforcement: Enforcement;
  /** What stands there instead, null for nothing. */
  readonly found: string | null;
}

/** What a look at the device showed. */
export interface DriftEvidence {
  /** The tenant's body as AS3 stores it, null when it does not know it. */
  readonly stored: JsonObject | null;
  readonly differences: readonly DeviceDifference[];
  readonly lost: readonly LostEnforcement[];
  readonly by: DriftFinding['by'];
  /** The look before this one. */
  readonly before: Date | null;
}

/** An audit entry with more than this, in characters of JSON, is of no use to whoever reads it. */
const mostDetail = 256 * 1024;
const namedInMessage = 3;

/**
 * What of the evidence is drift: objects of ours that the device does not hold as they were applied. What others keep in
 * the same partition may change (promise 10), and so may their rules in our policies, as long as AS3 knows of them.
 * Null when nothing of ours is concerned.
 */
export function driftOf(desired: DesiredTenant, applied: AppliedVersion, evidence: DriftEvidence): DriftFinding | null {
  const plan = planTenant(desired);
  if (plan === null) return null;
  const concernsUs = concern(plan, evidence.stored);
  const differences = evidence.differences.filter(concernsUs);
  const { lost } = evidence;
  if (differences.length === 0 && lost.length === 0) return null;
  const drifted = byObject(differences);
  const declared: DesiredTenant = { ...desired, rules: applied.rules };
  const listed = listable(drifted);
  return {
    message: messageOf(drifted, lost),
    by: evidence.by,
    rules: rulesConcerned(declared, differences, lost),
    objects: listed,
    furtherObjects: drifted.length - listed.length,
    enforcement: lost.map(({ enforcement, found }) => ({
      place: placeOf(enforcement),
      declared: enforcement.policy,
      found,
    })),
    reordered: differences.some(isOrderDifference),
    held: heldInstead(declared, plan, differences),
    before: evidence.before,
  };
}

function concern(plan: TenantPlan, stored: JsonObject | null): (difference: DeviceDifference) => boolean {
  const isOurs = ownershipOf(plan.installation);
  const shared = stored?.['Shared'];
  return ({ object, type, property: [member, entry], found }) => {
    // The partition itself, with the route domain that its addresses lie in.
    if (object === `/${plan.tenant}/`) return plan.installation.master !== null;
    const name = nameOf(object);
    const policy = isJsonObject(shared) ? shared[name] : undefined;
    if (!isJsonObject(policy) || policy['class'] !== 'Firewall_Policy') return isOurs(name);
    if (member === 'rules' && entry !== undefined) {
      if (isOurs(entry) || entry === denyAllRule) return true;
      // A rule that AS3 knows nothing of came by hand; no declaration of another cluster has put it there.
      return type === 'extra' && !entriesOf(policy).some((known) => entryName(known) === entry);
    }
    // With its rules in our policy another cluster changes what the policy says of their order.
    if (member === 'description' || member === 'remark') return isOurs(name) && found !== (policy['remark'] ?? null);
    return isOurs(name);
  };
}

function byObject(differences: readonly DeviceDifference[]): DriftedObject[] {
  const objects = new Map<string, DriftedObject['differences'][number][]>();
  for (const { object, ...difference } of differences) {
    objects.set(object, [...(objects.get(object) ?? []), difference]);
  }
  return [...objects]
    .map(([object, own]) => ({ object, differences: own }))
    .sort((left, right) => compareTexts(left.object, right.object));
}

function listable(objects: readonly DriftedObject[]): DriftedObject[] {
  let detail = 0;
  return objects.filter((object) => {
    detail += JSON.stringify(object).length;
    return detail <= mostDetail;
  });
}

/** The rules whose own objects are concerned; null when something is that all of the tenant's rules need. */
function rulesConcerned(
  declared: DesiredTenant,
  differences: readonly DeviceDifference[],
  lost: readonly LostEnforcement[],
): DriftFinding['rules'] {
  if (lost.length > 0) return null;
  const found = new Map<string, RuleReference>();
  for (const { object, property } of differences) {
    const [member, entry] = property;
    const owner = ownerOf(member === 'rules' && entry !== undefined ? entry : object, declared);
    if (owner === null) return null;
    found.set(ruleKey(owner), { cluster: owner.cluster, uid: owner.uid });
  }
  return [...found.values()];
}

function messageOf(objects: readonly DriftedObject[], lost: readonly LostEnforcement[]): string {
  const named = [
    ...lost.map(({ enforcement, found }) => `${placeOf(enforcement)} enforces ${found ?? 'no policy'}`),
    ...objects.map(({ object, differences }) => `${object} ${stateOf(differences)}`),
  ];
  const more = named.length > namedInMessage ? `, and ${named.length - namedInMessage} more` : '';
  return `The BIG-IP no longer holds what was applied: ${named.slice(0, namedInMessage).join(', ')}${more}.`;
}

function stateOf(differences: DriftedObject['differences']): string {
  const whole = differences.find(({ property }) => property.length === 0);
  if (whole?.type === 'missing') return 'is missing';
  return whole?.type === 'extra' ? 'was added' : 'was changed';
}

function placeOf(enforcement: Enforcement): string {
  return enforcement.type === 'global' ? 'the device globally' : `the route domain ${enforcement.routeDomain}`;
}

function nameOf(path: string): string {
  return path.split('/').findLast((part) => part !== '') ?? '';
}
