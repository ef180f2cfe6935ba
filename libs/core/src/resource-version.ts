/**
 * A Kubernetes resource version: decimal digits, compared as a number within one cluster and kind
 * (DESIGN.md, promise 3). Never compared across clusters or kinds.
 */
export type ResourceVersion = string;

/** Negative, zero or positive, as `left` is older than, equal to or newer than `right`. */
export function compareVersions(left: ResourceVersion, right: ResourceVersion): number {
  const difference = BigInt(left) - BigInt(right);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

export function isResourceVersion(text: string): boolean {
  return /^[0-9]{1,20}$/.test(text);
}
