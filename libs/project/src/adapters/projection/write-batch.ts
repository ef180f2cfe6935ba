import { type AppliedEvent, type ClusterModel, type Effects } from '../../domain/cluster-model.js';
import { type Batch } from './batch.js';
import { writeAudit } from './write-audit.js';
import { moveToDevice, writeCluster } from './write-cluster.js';
import { writeGrants } from './write-grants.js';
import { writeObjects } from './write-objects.js';
import { writeRules } from './write-rules.js';
import { writeTenants } from './write-tenants.js';

/**
 * Brings the projections of a cluster up to a batch of its events, whether it was appended just now or is replayed.
 * Statuses are no part of it: they also speak of the way to the device, which is not in this cluster's events.
 */
export async function writeBatch(
  batch: Batch,
  events: readonly AppliedEvent[],
  effects: Effects,
  model: ClusterModel,
): Promise<void> {
  const { transaction, cluster, device } = batch;
  await writeObjects(batch, events);
  await writeRules(batch, effects.rules);
  await writeGrants(batch, effects.rules);
  await writeAudit(batch, events, batch.position - events.length + 1);
  if (device !== null) {
    await writeTenants({ transaction, device, position: batch.position }, effects.tenants);
    if (events.some(({ event }) => event.type === 'configuration-changed')) {
      await moveToDevice(transaction, cluster, device);
    }
  }
  await writeCluster(transaction, cluster, model, batch.position);
}
