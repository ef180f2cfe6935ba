import { grantKey, type SourceGrant } from '#core/source-set';

/** A grant as its tables hold it. */
export interface GrantRow {
  readonly prefix: string;
  readonly route_domain: number;
  readonly namespace: string;
  readonly pod_uid: string | null;
  readonly pod_name: string | null;
}

export function sourceGrantOf(row: GrantRow): SourceGrant {
  return {
    prefix: row.prefix,
    routeDomain: row.route_domain,
    namespace: row.namespace,
    pod: row.pod_uid === null ? null : { uid: row.pod_uid, name: row.pod_name ?? '' },
  };
}

/** The grants of each rule by `grantKey`, and the rules by what `ruleOf` gives. */
export function grantsByRule<Row extends GrantRow>(
  rows: readonly Row[],
  ruleOf: (row: Row) => string,
): Map<string, Map<string, SourceGrant>> {
  const byRule = new Map<string, Map<string, SourceGrant>>();
  for (const row of rows) {
    const grant = sourceGrantOf(row);
    const grants = byRule.get(ruleOf(row)) ?? new Map<string, SourceGrant>();
    byRule.set(ruleOf(row), grants.set(grantKey(grant), grant));
  }
  return byRule;
}
