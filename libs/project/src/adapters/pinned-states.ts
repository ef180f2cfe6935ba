import { type AcceptedRule } from '#core/desired';
import { grantKey, type SourceGrant } from '#core/source-set';
import { type EntityManager } from 'typeorm';
import { type PinnedState } from '../domain/pinned-forms.js';
import { query } from './sql.js';

/** The forms that tenants are pinned to: of one cluster, or of one tenant of a device. */
export async function pinnedStates(
  transaction: EntityManager,
  of: { readonly cluster: string } | { readonly device: string; readonly tenant: string },
): Promise<PinnedState[]> {
  const [condition, parameters] =
    'cluster' in of
      ? ['pinned.cluster = $1', [of.cluster]]
      : [
          'pinned.tenant = $2 AND pinned.cluster IN (SELECT name FROM cluster WHERE device = $1)',
          [of.device, of.tenant],
        ];
  const rows = await query<{
    accepted: AcceptedRule;
    form_position: string;
    standing: readonly string[] | null;
    grants: readonly StoredGrant[] | null;
  }>(
    transaction,
    `SELECT accepted, form_position, standing, grants.list AS grants
     FROM pinned_rule AS pinned LEFT JOIN LATERAL (
       SELECT json_agg(json_build_array(prefix, route_domain, namespace, pod_uid, pod_name)) AS list FROM pinned_grant
       WHERE cluster = pinned.cluster AND tenant = pinned.tenant AND rule_uid = pinned.uid AND to_position IS NULL
     ) AS grants ON true
     WHERE ${condition} ORDER BY pinned.cluster, pinned.tenant, pinned.uid`,
    parameters,
  );
  return rows.map(({ accepted: rule, form_position: sourcesAt, standing, grants }) => {
    const stored = (grants ?? []).map(sourceGrant);
    return {
      rule,
      sourcesAt: Number(sourcesAt),
      standing,
      grants: rule.source.type === 'everyone' ? null : new Map(stored.map((grant) => [grantKey(grant), grant])),
    };
  });
}

type StoredGrant = readonly [
  prefix: string,
  routeDomain: number,
  namespace: string,
  podUid: string | null,
  podName: string | null,
];

function sourceGrant([prefix, routeDomain, namespace, podUid, podName]: StoredGrant): SourceGrant {
  return { prefix, routeDomain, namespace, pod: podUid === null ? null : { uid: podUid, name: podName ?? '' } };
}
