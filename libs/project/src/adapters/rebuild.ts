import { type DataSource, type EntityManager } from 'typeorm';
import { ClusterModel } from '../domain/cluster-model.js';
import { type ClusterEvent } from '../domain/events.js';
import { type DeviceEvent } from './device-events.js';
import { projectDeviceEvent } from './project-device-event.js';
import { ProjectionChanges } from './projection/projection-changes.js';
import { inLog, query } from './sql.js';

/** What the log gives again. Attempts, declarations and leases are records of their own; checkpoints speak of the stream. */
const projections = [
  'cluster',
  'cluster_object',
  'rule',
  'egress_grant',
  'grant_hold',
  'audit_entry',
  'tenant_state',
  'rule_status',
];

/**
 * Drops the projections and folds the whole event log into new ones (promise 4), in one transaction: whoever reads sees
 * the old ones until the new ones are complete, and whoever projects waits. Gives the number of batches.
 */
export async function rebuildProjections(source: DataSource): Promise<number> {
  return inLog(source, async (transaction) => {
    await rememberWrittenStatuses(transaction);
    for (const table of projections) await query(transaction, `DELETE FROM ${table}`);
    const models = new Map<string, ClusterModel>();
    let batches = 0;
    for await (const batch of eventBatches(transaction)) {
      await replay(transaction, models, batch);
      batches += 1;
    }
    await restoreWrittenStatuses(transaction);
    return batches;
  });
}

interface StoredBatch {
  readonly position: number;
  readonly device: string | null;
  readonly cluster: string | null;
  readonly observedAt: Date;
  readonly recordedAt: Date;
  readonly events: readonly unknown[];
}

async function replay(
  transaction: EntityManager,
  models: Map<string, ClusterModel>,
  { cluster, device, events, ...place }: StoredBatch,
): Promise<void> {
  if (cluster === null) {
    if (device === null) throw new Error(`the events up to position ${place.position} are of no device and no cluster`);
    for (const event of events) {
      await projectDeviceEvent({ transaction, device, ...place }, event as DeviceEvent);
    }
    return;
  }
  const model = models.get(cluster) ?? new ClusterModel();
  models.set(cluster, model);
  const applied = events.map((event) => model.apply(event as ClusterEvent));
  const effects = model.settle();
  const changes = new ProjectionChanges(cluster, model);
  changes.take({ ...place, events: applied, effects });
  await changes.write(transaction);
}

/** How many batches are read at a time. */
const page = 200;

async function* eventBatches(transaction: EntityManager): AsyncGenerator<StoredBatch> {
  let after = 0;
  for (;;) {
    const rows = await query<{
      batch: string;
      device: string | null;
      cluster: string | null;
      observed_at: Date;
      recorded_at: Date;
      events: readonly unknown[];
    }>(
      transaction,
      `SELECT batch, min(device) AS device, min(cluster) AS cluster, min(observed_at) AS observed_at,
         min(recorded_at) AS recorded_at, jsonb_agg(data ORDER BY position) AS events
       FROM event WHERE position > $1 GROUP BY batch ORDER BY batch LIMIT $2`,
      [after, page],
    );
    for (const row of rows) {
      const { device, cluster, events } = row;
      after = Number(row.batch);
      yield { position: after, device, cluster, observedAt: row.observed_at, recordedAt: row.recorded_at, events };
    }
    if (rows.length < page) return;
  }
}

/** What Kubernetes was told is not in the log, and stays true whatever is rebuilt. */
async function rememberWrittenStatuses(transaction: EntityManager): Promise<void> {
  await query(
    transaction,
    `CREATE TEMPORARY TABLE written_status ON COMMIT DROP AS
     SELECT cluster, uid, written, written_digest FROM rule_status WHERE written_digest IS NOT NULL`,
  );
}

async function restoreWrittenStatuses(transaction: EntityManager): Promise<void> {
  await query(
    transaction,
    `UPDATE rule_status AS status SET written = remembered.written, written_digest = remembered.written_digest
     FROM written_status AS remembered WHERE status.cluster = remembered.cluster AND status.uid = remembered.uid`,
  );
}
