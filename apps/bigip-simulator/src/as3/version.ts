/** A version of AS3, such as 3.56.0. */
export interface As3Version {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
}

/** @throws TypeError when the text is not `MAJOR.MINOR` or `MAJOR.MINOR.PATCH` */
export function parseVersion(text: string): As3Version {
  const [, major, minor, patch = '0'] = /^(\d+)\.(\d+)(?:\.(\d+))?$/.exec(text) ?? [];
  if (major === undefined || minor === undefined) throw new TypeError(`"${text}" is not a version such as 3.56.0`);
  return { major: Number(major), minor: Number(minor), patch: Number(patch) };
}

export function formatVersion({ major, minor, patch }: As3Version): string {
  return `${major}.${minor}.${patch}`;
}

export function compareVersions(one: As3Version, other: As3Version): number {
  return one.major - other.major || one.minor - other.minor || one.patch - other.patch;
}

/** From which version on AS3 does what. Source: AS3's schemas and release notes. */
export const since = {
  dryRun: parseVersion('3.30'),
  /** From here on AS3 regards the route domains in a tenant's partition as its own. */
  routeDomainEnforcement: parseVersion('3.49'),
  useCommonRouteDomainTenant: parseVersion('3.52'),
  ipIntelligencePolicy: parseVersion('3.55'),
} as const;

export function has(version: As3Version, capability: keyof typeof since): boolean {
  return compareVersions(version, since[capability]) >= 0;
}
