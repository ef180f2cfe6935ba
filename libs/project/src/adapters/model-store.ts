import { type AcceptedRule } from '#core/desired';
import { type JsonValue } from '#core/json';
import { isRuleKind, type ObjectKind } from '#core/kinds';
import { type ClusterObject, type RuleObject } from '#core/objects';
import { type Problem } from '#core/problem';
import { type SourceGrant } from '#core/source-set';
import { type EntityManager } from 'typeorm';
import { type RuleMemory } from '../domain/accept-rule.js';
import { ClusterModel } from '../domain/cluster-model.js';
import { type ConfigurationChanged } from '../domain/events.js';
import { type Checkpoints, type KindCheckpoint } from '../domain/intake.js';
import { ObjectStore } from '../domain/object-store.js';
import { type RuleState } from '../domain/rule-state.js';
import { type GrantRow, grantsByRule } from './grant-rows.js';
import { pinnedStates } from './pinned-states.js';
import { query } from './sql.js';

/** Loads the model of a cluster from its projections: what folding its events would give. */
export async function loadModel(transaction: EntityManager, cluster: string): Promise<ClusterModel> {
  const row = await clusterRow(transaction, cluster);
  const objects = await clusterObjects(transaction, cluster);
  return ClusterModel.restore({
    configuration: row === null ? null : configurationOf(row),
    retired: row?.retired_tenants ?? {},
    synced: [...(await loadCheckpoints(transaction, cluster)).keys()],
    objects,
    rules: await ruleStates(transaction, cluster, objects.filter(isRule)),
    pinned: await pinnedStates(transaction, { cluster }),
  });
}

/** Which state of a cluster's projections it is. */
export interface ClusterPlace {
  /** Of the cluster's last event; 0 before the first. */
  readonly position: number;
  /** When they were replayed last, in milliseconds since 1970; null when they never were. */
  readonly replayedAt: number | null;
}

export async function clusterPlace(transaction: EntityManager, cluster: string): Promise<ClusterPlace> {
  const rows = await query<{ position: string; replayed_at: Date | null }>(
    transaction,
    'SELECT position, replayed_at FROM cluster WHERE name = $1',
    [cluster],
  );
  return { position: Number(rows[0]?.position ?? 0), replayedAt: rows[0]?.replayed_at?.getTime() ?? null };
}

export async function loadCheckpoints(transaction: EntityManager, cluster: string): Promise<Checkpoints> {
  const rows = await query<{
    kind: ObjectKind;
    resource_version: string;
    gap: boolean;
    incarnation: number;
    snapshot_id: string;
    observed_at: Date;
  }>(
    transaction,
    'SELECT kind, resource_version, gap, incarnation, snapshot_id, observed_at FROM checkpoint WHERE cluster = $1',
    [cluster],
  );
  return new Map(
    rows.map((row): [ObjectKind, KindCheckpoint] => [
      row.kind,
      {
        kind: row.kind,
        resourceVersion: row.resource_version,
        gap: row.gap,
        incarnation: row.incarnation,
        snapshotId: row.snapshot_id,
        observedAt: row.observed_at.getTime(),
      },
    ]),
  );
}

interface ClusterRow {
  readonly configuration_text: string | null;
  readonly controller_namespace: string | null;
  readonly judgement: number;
  readonly retired_tenants: Readonly<Record<string, string>>;
}

async function clusterRow(transaction: EntityManager, cluster: string): Promise<ClusterRow | null> {
  const rows = await query<ClusterRow>(
    transaction,
    'SELECT configuration_text, controller_namespace, judgement, retired_tenants FROM cluster WHERE name = $1',
    [cluster],
  );
  return rows[0] ?? null;
}

function configurationOf(row: ClusterRow): ConfigurationChanged | null {
  if (row.configuration_text === null || row.controller_namespace === null) return null;
  return {
    type: 'configuration-changed',
    text: row.configuration_text,
    controllerNamespace: row.controller_namespace,
    judgement: row.judgement,
  };
}

/** Whatever source sets of rules in these namespaces are resolved from; null for those in any. */
export async function sourceObjects(
  transaction: EntityManager,
  cluster: string,
  namespaces: readonly string[] | null,
): Promise<ObjectStore> {
  const store = new ObjectStore();
  const objects = await clusterObjects(
    transaction,
    cluster,
    `(kind = 'Namespace' OR (kind IN ('Pod', 'Service', 'EndpointSlice')
       AND ($2::text[] IS NULL OR namespace = ANY ($2))))`,
    [namespaces],
  );
  for (const object of objects) store.put(object);
  return store;
}

async function clusterObjects(
  transaction: EntityManager,
  cluster: string,
  condition = 'true',
  parameters: readonly unknown[] = [],
): Promise<ClusterObject[]> {
  const rows = await query<{
    kind: ObjectKind;
    uid: string;
    namespace: string;
    name: string;
    resource_version: string;
    generation: number;
    created_at: string | null;
    manager: string | null;
    content: JsonValue;
  }>(
    transaction,
    `SELECT kind, uid, namespace, name, resource_version, generation, created_at, manager, content
     FROM cluster_object WHERE cluster = $1 AND ${condition}`,
    [cluster, ...parameters],
  );
  // The row was written from an object of this kind (ObjectChanges), so that kind and content belong together.
  return rows.map(
    (row) =>
      ({
        kind: row.kind,
        uid: row.uid,
        namespace: row.namespace,
        name: row.name,
        resourceVersion: row.resource_version,
        generation: row.generation,
        createdAt: row.created_at,
        manager: row.manager,
        content: row.content,
      }) as unknown as ClusterObject,
  );
}

async function ruleStates(
  transaction: EntityManager,
  cluster: string,
  objects: readonly RuleObject[],
): Promise<RuleState[]> {
  const grants = await openGrants(transaction, cluster);
  const rows = await query<{
    uid: string;
    accepted: AcceptedRule | null;
    memory: RuleMemory | null;
    understood: boolean;
    form_problems: readonly Problem[];
    source_problems: readonly Problem[];
  }>(
    transaction,
    'SELECT uid, accepted, memory, understood, form_problems, source_problems FROM rule WHERE cluster = $1',
    [cluster],
  );
  const states = new Map(rows.map((row) => [row.uid, row]));
  return objects.flatMap((object) => {
    const row = states.get(object.uid);
    if (row === undefined) return [];
    const everyone = row.accepted?.source.type === 'everyone';
    return {
      object,
      accepted: row.accepted,
      memory: row.memory,
      understood: row.understood,
      formProblems: row.form_problems,
      sourceProblems: row.source_problems,
      grants: everyone ? null : (grants.get(object.uid) ?? new Map<string, SourceGrant>()),
    };
  });
}

async function openGrants(transaction: EntityManager, cluster: string): Promise<Map<string, Map<string, SourceGrant>>> {
  const rows = await query<GrantRow & { readonly rule_uid: string }>(
    transaction,
    `SELECT rule_uid, prefix, route_domain, namespace, pod_uid, pod_name
     FROM egress_grant WHERE cluster = $1 AND to_position IS NULL`,
    [cluster],
  );
  return grantsByRule(rows, (row) => row.rule_uid);
}

function isRule(object: ClusterObject): object is RuleObject {
  return isRuleKind(object.kind);
}
