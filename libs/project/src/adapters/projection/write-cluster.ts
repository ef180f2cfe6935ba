import { createHash } from 'node:crypto';
import { type EntityManager } from 'typeorm';
import { type ClusterModel } from '../../domain/cluster-model.js';
import { judgement } from '../../domain/events.js';
import { type KindCheckpoint } from '../../domain/intake.js';
import { query } from '../sql.js';

/** SHA-256 (hex) of a configuration's text. */
function configurationDigest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/**
 * Writes what is kept of the cluster as a whole. A configuration that this version does not understand any more is none
 * for the model, and stays where it is until another one comes.
 */
export async function writeCluster(
  transaction: EntityManager,
  cluster: string,
  model: ClusterModel,
  position: number,
): Promise<void> {
  const { configurationEvent, configuration } = model;
  const text = configurationEvent?.text ?? null;
  await query(
    transaction,
    `INSERT INTO cluster AS present (name, device, configuration_text, configuration_digest, controller_namespace, judgement,
       complete, position, retired_tenants)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
     ON CONFLICT (name) DO UPDATE SET
       device = coalesce(excluded.device, present.device),
       configuration_text = coalesce(excluded.configuration_text, present.configuration_text),
       configuration_digest = coalesce(excluded.configuration_digest, present.configuration_digest),
       controller_namespace = coalesce(excluded.controller_namespace, present.controller_namespace),
       judgement = excluded.judgement, complete = excluded.complete, position = excluded.position,
       retired_tenants = excluded.retired_tenants`,
    [
      cluster,
      configuration?.deviceName ?? null,
      text,
      text === null ? null : configurationDigest(text),
      configurationEvent?.controllerNamespace ?? null,
      configurationEvent?.judgement ?? judgement,
      model.complete,
      position,
      JSON.stringify(Object.fromEntries(model.retired)),
    ],
  );
}

/** When a cluster comes to be served by another device, what is in force of it goes along. */
export async function moveToDevice(transaction: EntityManager, cluster: string, device: string): Promise<void> {
  for (const statement of [
    'UPDATE rule SET device = $2 WHERE cluster = $1 AND device <> $2',
    'UPDATE egress_grant SET device = $2 WHERE cluster = $1 AND device <> $2 AND to_position IS NULL',
    'UPDATE rule_status SET device = $2 WHERE cluster = $1 AND device <> $2',
  ]) {
    await query(transaction, statement, [cluster, device]);
  }
}

/** Moves checkpoints. */
export async function writeCheckpoints(
  transaction: EntityManager,
  cluster: string,
  checkpoints: readonly KindCheckpoint[],
): Promise<void> {
  if (checkpoints.length === 0) return;
  const rows = checkpoints.map((checkpoint) => ({
    kind: checkpoint.kind,
    resource_version: checkpoint.resourceVersion,
    gap: checkpoint.gap,
    incarnation: checkpoint.incarnation,
    snapshot_id: checkpoint.snapshotId,
    observed_at: new Date(checkpoint.observedAt),
  }));
  await query(
    transaction,
    `INSERT INTO checkpoint (cluster, kind, resource_version, gap, incarnation, snapshot_id, observed_at)
     SELECT $2, kind, resource_version, gap, incarnation, snapshot_id, observed_at
     FROM jsonb_to_recordset($1::jsonb) AS row (kind text, resource_version text, gap boolean, incarnation integer,
       snapshot_id text, observed_at timestamptz)
     ON CONFLICT (cluster, kind) DO UPDATE SET
       resource_version = excluded.resource_version, gap = excluded.gap, incarnation = excluded.incarnation,
       snapshot_id = excluded.snapshot_id, observed_at = excluded.observed_at`,
    [JSON.stringify(rows), cluster],
  );
}
