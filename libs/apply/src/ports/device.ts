import { type JsonObject } from '#core/json';
import { type As3Info } from '../domain/as3-version.js';
import { type DeclareAnswer, type TaskAnswer } from '../domain/classify.js';
import { type DeviceDifference } from '../domain/differences.js';
import { type PartitionContents, type StoredTenant } from '../domain/contact.js';

/** A BIG-IP, as far as CES uses it. Every call throws `DeviceFailure` and nothing else; `signal` ends it early. */
export interface Device {
  /**
   * Finds the unit that is active, which all calls go to from then on, and gives its name. A device of one unit is not
   * asked. Fails with `standby` where none is active.
   */
  follow(signal: AbortSignal): Promise<string>;
  /** Brings the other units of a device group up to what the active one holds. Fails with `sync-failed` where it cannot. */
  synchronise(deviceGroup: string, signal: AbortSignal): Promise<void>;
  info(signal: AbortSignal): Promise<As3Info>;
  /** The tenant as AS3 stored it, which need not be what the device holds. Null when AS3 does not know it. */
  stored(tenant: string, signal: AbortSignal): Promise<StoredTenant | null>;
  /** Declares one tenant asynchronously. Only `answer-lost` leaves open whether the request arrived. */
  declare(tenant: string, request: JsonObject, signal: AbortSignal): Promise<DeclareAnswer>;
  task(id: string, signal: AbortSignal): Promise<TaskAnswer>;
  /**
   * Whether the device holds what the request says: AS3 compares, and changes nothing. Fails as `declare` does where AS3
   * itself finds fault with it; what only the device refuses, it does not see.
   */
  dryRun(tenant: string, request: JsonObject, signal: AbortSignal): Promise<'same' | 'different'>;
  /**
   * Where the device differs from what the request says, as AS3 sees it: it compares the rules of a policy by name and not
   * their order. Fails as `dryRun` does.
   */
  differences(tenant: string, request: JsonObject, signal: AbortSignal): Promise<readonly DeviceDifference[]>;
  /** The names of the rules that a policy `/PARTITION/FOLDER/NAME` holds, in order; null when there is no such policy. */
  policyRules(policy: string, signal: AbortSignal): Promise<readonly string[] | null>;
  /** What stands in a partition; in Common, in its folder Shared. */
  partition(tenant: string, signal: AbortSignal): Promise<PartitionContents>;

  /** Full path of the policy that the device enforces globally, null when none. */
  globalPolicy(signal: AbortSignal): Promise<string | null>;
  enforceGlobalPolicy(policy: string, signal: AbortSignal): Promise<void>;
  /** The same for a route domain `/PARTITION/NAME`; null when there is no such route domain. */
  routeDomain(routeDomain: string, signal: AbortSignal): Promise<{ readonly policy: string | null } | null>;
  /** @param policy null for none. */
  enforceRouteDomainPolicy(routeDomain: string, policy: string | null, signal: AbortSignal): Promise<void>;
  /** Persists what was changed outside of AS3. */
  save(signal: AbortSignal): Promise<void>;
}
