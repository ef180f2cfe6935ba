import { ownershipOf } from '#compile/ownership';
import { entriesOf, entryName, isDenyAll } from '#compile/policy-entries';
import { isPolicy } from '#compile/objects';
import { planTenant, type TenantPlan } from '#compile/tenant-plan';
import { versionOfOwnRouteDomains } from '#compile/as3-features';
import { type DesiredTenant } from '#core/desired';
import { canonicalJson, isJsonObject, type JsonObject } from '#core/json';
import { type RemovalFinding, type RemovalObstacle } from '#project/ports/removal';
import { createHash } from 'node:crypto';
import { type PartitionContents } from './contact.js';
import { type DeviceDifference } from './differences.js';

/** What was read about a tenant that is to be removed. */
export interface RemovalEvidence {
  /** The tenant's body as AS3 stores it. */
  readonly stored: JsonObject;
  readonly partition: PartitionContents;
  /** Where the device differs from what AS3 stores. */
  readonly differences: readonly DeviceDifference[];
}

const mostListed = 500;
const mostNamed = 5;

/**
 * What AS3 would delete with a tenant, and what is against it (promise 10): objects that others declared in it, be they
 * other clusters or other installations, their rules in our policies too, and what stands on the device without AS3's
 * knowledge. AS3 owns a partition whole, and would delete all of it.
 */
export function removalFinding(desired: DesiredTenant, evidence: RemovalEvidence): RemovalFinding {
  const { objects } = evidence.partition;
  return {
    stored: true,
    objects: objects.slice(0, mostListed),
    count: objects.length,
    obstacles: [
      ...obstacle(
        'OthersDeclared',
        othersIn(desired, evidence.stored),
        'AS3 stores objects in it that others declared',
      ),
      ...obstacle('UnknownToAs3', unknownIn(evidence.differences), 'The device holds in it what AS3 does not know'),
    ],
  };
}

/** AS3 knows no such tenant: whatever stands in the partition is not touched. */
export const nothingStored: RemovalFinding = { stored: false, objects: [], count: 0, obstacles: [] };

/** A tenant without any application, which AS3 deletes. The route domains that stand in its partition are not AS3's. */
export function emptyTenant(as3Version: string): { readonly body: JsonObject; readonly digest: string } {
  const own = versionOfOwnRouteDomains(as3Version) === null ? {} : { useCommonRouteDomainTenant: false };
  const body = { class: 'Tenant', ...own };
  return { body, digest: createHash('sha256').update(canonicalJson(body)).digest('hex') };
}

function obstacle(reason: RemovalObstacle['reason'], names: readonly string[], words: string): RemovalObstacle[] {
  if (names.length === 0) return [];
  const more = names.length > mostNamed ? `, and ${String(names.length - mostNamed)} more` : '';
  return [{ reason, message: `${words}: ${names.slice(0, mostNamed).join(', ')}${more}.` }];
}

function othersIn(desired: DesiredTenant, stored: JsonObject): string[] {
  const plan = planTenant(desired);
  const isOurs = plan === null ? () => false : ownershipOf(plan.installation);
  return Object.entries(stored).flatMap(([application, members]) => {
    if (!isJsonObject(members)) return [];
    if (application !== 'Shared') return [`${desired.tenant}/${application}`];
    return Object.entries(members).flatMap(([name, object]) => {
      if (!isJsonObject(object)) return [];
      if (!isOurs(name) || plan === null) return [`${desired.tenant}/Shared/${name}`];
      return isPolicy(object) ? othersRules(plan, `${desired.tenant}/Shared/${name}`, object, isOurs) : [];
    });
  });
}

function othersRules(
  { names }: TenantPlan,
  path: string,
  policy: JsonObject,
  isOurs: (name: string) => boolean,
): string[] {
  const others = entriesOf(policy).filter((entry) => !isOurs(entryName(entry)) && !isDenyAll(entry, names));
  return others.map((entry) => `the rule ${entryName(entry)} of ${path}`);
}

/** Whole objects, and rules in our policies. What else differs in an object of ours goes with it. */
function unknownIn(differences: readonly DeviceDifference[]): string[] {
  return differences.flatMap(({ type, object, property: [member, rule, ...deeper] }) => {
    if (type !== 'extra') return [];
    if (member === undefined) return [object];
    return member === 'rules' && rule !== undefined && deeper.length === 0 ? [`the rule ${rule} of ${object}`] : [];
  });
}
