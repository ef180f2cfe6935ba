import { isJsonObject, type JsonObject, type JsonValue } from '#core/json';

export interface RequestOptions {
  /** `optimisticLockKey` of the tenant as AS3 gave it with its stored declaration. */
  readonly lockKey?: string;
  /** The lease's epoch; it goes into the tenant's label, which is no part of the digest. */
  readonly epoch?: number;
}

/**
 * The AS3 request that declares one tenant and touches no other. Its keys are sorted, so `JSON.stringify` gives the same
 * bytes wherever the body came from.
 */
export function requestFor(
  compiled: { readonly tenant: string; readonly schemaVersion: string },
  body: JsonObject,
  options: RequestOptions = {},
): JsonObject {
  const { lockKey, epoch } = options;
  return sorted({
    class: 'AS3',
    action: 'deploy',
    persist: true,
    declaration: {
      class: 'ADC',
      schemaVersion: compiled.schemaVersion,
      id: 'k8s-ces-controller',
      updateMode: 'selective',
      [compiled.tenant]: {
        ...body,
        ...(epoch === undefined ? {} : { label: epochLabel(epoch) }),
        ...(lockKey === undefined ? {} : { optimisticLockKey: lockKey }),
      },
    },
  });
}

/** Whether a tenant's label says that this product declared it. */
export function isEpochLabel(label: string): boolean {
  return /^ces epoch \d+$/.test(label);
}

function epochLabel(epoch: number): string {
  return `ces epoch ${epoch}`;
}

function sorted(object: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.keys(object)
      .sort()
      .map((key) => [key, sortedValue(object[key] ?? null)]),
  );
}

function sortedValue(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return (value as readonly JsonValue[]).map(sortedValue);
  return isJsonObject(value) ? sorted(value) : value;
}
