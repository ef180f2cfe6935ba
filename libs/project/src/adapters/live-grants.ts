import { type Position } from '#core/desired';
import { namespacePrefix, podAddress } from '#core/network';
import { type NamespaceContent, type PodContent } from '#core/objects';
import { type EntityManager } from 'typeorm';
import { ruleKey } from '../domain/last-good.js';
import { query } from './sql.js';

export interface LiveGrant {
  readonly prefix: string;
  readonly routeDomain: number;
}

/** A rule, and a position in its history. */
export interface PastRule {
  readonly cluster: string;
  readonly uid: string;
  readonly position: Position;
}

/**
 * The grants that rules had, each at its position, whose owner still has the address: the same pod, alive, or the same
 * namespace by its annotation. Addresses of pods that are gone are not among them, whoever has them now (promise 2).
 * By `ruleKey`.
 */
export async function liveGrants(
  transaction: EntityManager,
  rules: readonly PastRule[],
): Promise<ReadonlyMap<string, readonly LiveGrant[]>> {
  const live = new Map<string, LiveGrant[]>();
  if (rules.length === 0) return live;
  const rows = await query<{
    cluster: string;
    uid: string;
    prefix: string;
    route_domain: number;
    pod: PodContent | null;
    namespace: NamespaceContent | null;
  }>(
    transaction,
    `SELECT past.cluster, past.rule_uid AS uid, past.prefix, past.route_domain, pod.content AS pod,
       namespace.content AS namespace
     FROM unnest($1::text[], $2::text[], $3::bigint[]) AS rule (cluster, uid, position)
     JOIN egress_grant AS past ON past.cluster = rule.cluster AND past.rule_uid = rule.uid
       AND past.from_position <= rule.position AND (past.to_position IS NULL OR past.to_position > rule.position)
     LEFT JOIN cluster_object AS pod ON pod.cluster = past.cluster AND pod.kind = 'Pod' AND pod.uid = past.pod_uid
     LEFT JOIN cluster_object AS namespace ON past.pod_uid IS NULL AND namespace.cluster = past.cluster
       AND namespace.kind = 'Namespace' AND namespace.name = past.namespace`,
    [rules.map(({ cluster }) => cluster), rules.map(({ uid }) => uid), rules.map(({ position }) => position)],
  );
  for (const row of rows) {
    if (!presentPrefixes(row.pod, row.namespace).includes(row.prefix)) continue;
    const grants = live.get(ruleKey(row)) ?? [];
    grants.push({ prefix: row.prefix, routeDomain: row.route_domain });
    live.set(ruleKey(row), grants);
  }
  return live;
}

/** What the owner of a grant has now, as `resolveSources` reads it. */
function presentPrefixes(pod: PodContent | null, namespace: NamespaceContent | null): (string | null)[] {
  if (pod === null) return namespace?.cidr?.split(',').map(namespacePrefix) ?? [];
  return pod.finished || pod.hostNetwork ? [] : pod.addresses.map(podAddress);
}
