import { commonTenant, type Configuration } from '#core/configuration';

/** What `GET /info` says. */
export interface As3Info {
  /** Such as `3.56.0`. */
  readonly version: string;
  readonly schemaCurrent: string;
  readonly schemaMinimum: string;
}

/**
 * Why this AS3 cannot be worked with, null when it can (facts: reference on AS3).
 * Versions before 3.30 know no dry run; 3.49 to 3.51 switch the policies of route domains inside tenants off with every
 * declare, and have no way to prevent it.
 */
export function versionProblem(info: As3Info, configurations: readonly Configuration[]): string | null {
  if (isBefore(info.version, '3.30.0')) {
    return `AS3 ${info.version} knows no dry run; install 3.30 or newer.`;
  }
  if (
    !isBefore(info.version, '3.49.0') &&
    isBefore(info.version, '3.52.0') &&
    configurations.some(hasRouteDomainsInTenants)
  ) {
    return `AS3 ${info.version} switches the firewall policy of route domains inside tenants off with every declaration; install 3.52 or newer.`;
  }
  const declared = configurations.find(({ schemaVersion }) => isBefore(info.schemaCurrent, schemaVersion));
  if (declared !== undefined) {
    return `schemaVersion ${declared.schemaVersion} in ces-conf.yaml is newer than AS3 ${info.version} knows; declare ${info.schemaCurrent} or older.`;
  }
  return null;
}

/** Whether version `left` is older than `right`; both are dotted numbers. */
export function isBefore(left: string, right: string): boolean {
  const numbers = (version: string) => version.split('.').map((part) => parseInt(part, 10) || 0);
  const [ours, theirs] = [numbers(left), numbers(right)];
  for (let index = 0; index < Math.max(ours.length, theirs.length); index += 1) {
    const difference = (ours[index] ?? 0) - (theirs[index] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}

function hasRouteDomainsInTenants(configuration: Configuration): boolean {
  return (
    configuration.routeDomains &&
    configuration.tenants.some((tenant) => tenant.name !== commonTenant && tenant.routeDomain !== null)
  );
}
