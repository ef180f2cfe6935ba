/** The first version of AS3 that takes a protocol other than any, tcp and udp in a firewall rule (its changelog, 3.32.0). */
const allProtocols = '3.32.0';

/** The first version of AS3 whose tenants know `useCommonRouteDomainTenant` (as3.md, opening 3). */
const ownRouteDomains = '3.52.0';

/** The oldest schema version that a declaration with this protocol can name. */
export function versionOfProtocol(protocol: string): string {
  return ['any', 'tcp', 'udp'].includes(protocol) ? '3.0.0' : allProtocols;
}

/**
 * The schema version to declare with `useCommonRouteDomainTenant`, null where the device does not know the property:
 * before 3.49 none is needed, and from there to 3.51 CES does not work with route domains in tenants.
 */
export function versionOfOwnRouteDomains(as3Version: string): string | null {
  return compareAs3Versions(as3Version, ownRouteDomains) >= 0 ? ownRouteDomains : null;
}

/** Negative, zero or positive, as `left` is older than, equal to or newer than `right`. Both are dotted numbers. */
export function compareAs3Versions(left: string, right: string): number {
  const [ours, theirs] = [numbersOf(left), numbersOf(right)];
  for (let index = 0; index < Math.max(ours.length, theirs.length); index += 1) {
    const difference = (ours[index] ?? 0) - (theirs[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

export function newestOf(first: string, ...others: readonly string[]): string {
  return others.reduce((newest, other) => (compareAs3Versions(other, newest) > 0 ? other : newest), first);
}

function numbersOf(version: string): number[] {
  return version.split('.').map((part) => parseInt(part, 10) || 0);
}
