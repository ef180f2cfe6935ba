import { randomUUID } from 'node:crypto';
import { type EntityManager } from 'typeorm';
import { type ClusterModel } from '../domain/cluster-model.js';
import { identity } from '../domain/event-identity.js';
import { type RulesPinned, type TenantForgotten } from '../domain/events.js';
import { clusterEventRow } from './cluster-events.js';
import { appendEvents } from './event-log.js';
import { loadModel } from './model-store.js';
import { ProjectionChanges } from './projection/projection-changes.js';
import { query } from './sql.js';

/** What follows for one cluster from what concerns a device, and the cluster's model with that already taken in. */
export interface ClusterRecord {
  readonly cluster: string;
  readonly device: string;
  readonly event: RulesPinned | TenantForgotten;
  readonly model: ClusterModel;
  readonly effects: ReturnType<ClusterModel['settle']>;
}

/**
 * Records what follows for clusters. Their projectors find that another one has projected, and load their models anew.
 * Only inside of `inLog`.
 */
export async function recordForClusters(
  transaction: EntityManager,
  records: readonly ClusterRecord[],
  at: Date,
): Promise<void> {
  for (const { cluster, device, event, model, effects } of records) {
    const row = clusterEventRow(event, identity(['command', randomUUID()]), { cluster, device, observedAt: at });
    const { position, recordedAt } = await appendEvents(transaction, [row], at);
    const changes = new ProjectionChanges(cluster, model);
    changes.take({ position, observedAt: at, recordedAt, events: [{ event }], effects });
    await changes.write(transaction);
  }
}

/** That a tenant which is gone from the device is nothing to the clusters whose configuration named it once. */
export async function forgetTenant(
  transaction: EntityManager,
  device: string,
  tenant: string,
): Promise<ClusterRecord[]> {
  const clusters = await query<{ name: string }>(
    transaction,
    'SELECT name FROM cluster WHERE device = $1 AND retired_tenants ? $2 ORDER BY name',
    [device, tenant],
  );
  const records: ClusterRecord[] = [];
  for (const { name: cluster } of clusters) {
    const model = await loadModel(transaction, cluster);
    const event: TenantForgotten = { type: 'tenant-forgotten', tenant };
    model.apply(event);
    records.push({ cluster, device, event, model, effects: model.settle() });
  }
  return records;
}
