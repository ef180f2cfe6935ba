import { isEpochLabel } from '#compile/request';
import { commonTenant } from '#core/configuration';
import { isJsonObject, type JsonObject } from '#core/json';

/** A tenant as AS3 stored it. */
export interface StoredTenant {
  /** Class Tenant, without its lock key. */
  readonly body: JsonObject;
  readonly lockKey: string | null;
}

/** What a partition holds that AS3 would take for its own and delete. */
export interface PartitionContents {
  readonly exists: boolean;
  /** Full paths of some of the objects; route domains, VLANs and self IPs do not count. */
  readonly objects: readonly string[];
}

/** Why a tenant is not touched on first contact, and what the operator does about it. */
export interface Hold {
  readonly reason: 'PartitionNotEmpty' | 'FilledByAnotherController' | 'Observing';
  readonly message: string;
}

/**
 * Whether a tenant that we never declared may be (promise 10): a partition that AS3 does not know and that is not empty
 * never without approval by name, one that another controller filled only with `takeover: automatic`.
 */
export function firstContact(
  tenant: string,
  stored: StoredTenant | null,
  partition: PartitionContents | null,
  takeover: 'hold' | 'automatic',
): Hold | null {
  if (stored === null) {
    if (partition === null || partition.objects.length === 0) return null;
    const some = partition.objects.slice(0, 5).join(', ');
    const place = tenant === commonTenant ? 'The folder /Common/Shared' : `The partition "${tenant}"`;
    return {
      reason: 'PartitionNotEmpty',
      message: `${place} is unknown to AS3 and holds ${some}; AS3 would delete what it does not declare. Empty it, name another partition in ces-conf.yaml, or look at \`ces takeover ${tenant}\` and approve.`,
    };
  }
  if (takeover === 'automatic' || isDeclaredByUs(stored.body) || isBare(stored.body)) return null;
  return {
    reason: 'FilledByAnotherController',
    message: `The tenant "${tenant}" was filled by another controller. \`ces takeover ${tenant}\` shows what would change, \`ces takeover approve ${tenant}\` lets it happen.`,
  };
}

/** What AS3 stored is ours to continue, even when the database forgot. */
function isDeclaredByUs(body: JsonObject): boolean {
  const { label } = body;
  return typeof label === 'string' && isEpochLabel(label);
}

/** A tenant without a single object in any application. */
export function isBare(body: JsonObject): boolean {
  return Object.values(body).every(
    (application) => !isJsonObject(application) || Object.values(application).every((member) => !isJsonObject(member)),
  );
}
