import { isJsonObject, type JsonObject, type JsonValue } from '#core/json';

/** The spec of a `coordination.k8s.io/v1` Lease. */
export interface LeaseRecord {
  /** Empty when it was released. */
  readonly holder: string;
  readonly durationSeconds: number;
  /** RFC 3339 with microseconds, as the API server requires. */
  readonly acquireTime: string;
  readonly renewTime: string;
  /** How often the holder changed. */
  readonly transitions: number;
}

export interface LeaseTiming {
  /** How long a standby waits, after it last saw the lease change, before it takes over. Milliseconds, as all of these. */
  readonly duration: number;
  /** A leader that could not renew for so long stops leading; shorter than the duration. */
  readonly renewDeadline: number;
  /** Between two attempts to acquire or renew. */
  readonly retryPeriod: number;
}

/** What client-go's components use. */
export const defaultLeaseTiming: LeaseTiming = { duration: 15_000, renewDeadline: 10_000, retryPeriod: 2_000 };

/** A lease as last seen to change. Only the time of this process counts: other machines' clocks may be wrong. */
export interface ObservedLease {
  readonly record: LeaseRecord;
  /** Milliseconds of a clock that only grows. */
  readonly changedAt: number;
}

/** The lease was read: its time stands still while nothing in it changes. */
export function observe(before: ObservedLease | null, record: LeaseRecord, now: number): ObservedLease {
  return before !== null && sameRecord(before.record, record) ? before : { record, changedAt: now };
}

/** The record with which `identity` takes or renews the lease; null while somebody else holds it. */
export function claim(
  observed: ObservedLease | null,
  identity: string,
  timing: LeaseTiming,
  now: { readonly monotonic: number; readonly wall: Date },
): LeaseRecord | null {
  const renewTime = microTime(now.wall);
  const fresh = {
    holder: identity,
    durationSeconds: Math.ceil(timing.duration / 1_000),
    acquireTime: renewTime,
    renewTime,
  };
  if (observed === null) return { ...fresh, transitions: 0 };
  const { record, changedAt } = observed;
  if (record.holder === identity) return { ...fresh, acquireTime: record.acquireTime, transitions: record.transitions };
  const expired = record.holder === '' || now.monotonic >= changedAt + record.durationSeconds * 1_000;
  return expired ? { ...fresh, transitions: record.transitions + 1 } : null;
}

/** The record with which its holder gives the lease up, so that a standby need not wait. */
export function release(record: LeaseRecord, wall: Date): LeaseRecord {
  return { ...record, holder: '', durationSeconds: 1, renewTime: microTime(wall) };
}

export function readLease(lease: JsonValue): LeaseRecord {
  const spec: JsonObject = isJsonObject(lease) && isJsonObject(lease.spec) ? lease.spec : {};
  return {
    holder: typeof spec.holderIdentity === 'string' ? spec.holderIdentity : '',
    durationSeconds: typeof spec.leaseDurationSeconds === 'number' ? spec.leaseDurationSeconds : 1,
    acquireTime: typeof spec.acquireTime === 'string' ? spec.acquireTime : '',
    renewTime: typeof spec.renewTime === 'string' ? spec.renewTime : '',
    transitions: typeof spec.leaseTransitions === 'number' ? spec.leaseTransitions : 0,
  };
}

export function leaseSpec(record: LeaseRecord): JsonObject {
  return {
    holderIdentity: record.holder,
    leaseDurationSeconds: record.durationSeconds,
    acquireTime: record.acquireTime,
    renewTime: record.renewTime,
    leaseTransitions: record.transitions,
  };
}

/** Kubernetes' MicroTime: exactly six digits of a second. */
export function microTime(at: Date): string {
  return at.toISOString().replace('Z', '000Z');
}

function sameRecord(left: LeaseRecord, right: LeaseRecord): boolean {
  return (
    left.holder === right.holder &&
    left.durationSeconds === right.durationSeconds &&
    left.acquireTime === right.acquireTime &&
    left.renewTime === right.renewTime &&
    left.transitions === right.transitions
  );
}
