import { type EntityManager } from 'typeorm';
import { type ClusterModel } from '../../domain/cluster-model.js';
import { AuditChanges } from './audit-changes.js';
import { type SettledBatch, type TableChanges, type Target } from './batch.js';
import { GrantChanges } from './grant-changes.js';
import { ObjectChanges } from './object-changes.js';
import { PinChanges } from './pin-changes.js';
import { RuleChanges } from './rule-changes.js';
import { StatusChanges } from './status-changes.js';
import { TenantChanges } from './tenant-changes.js';
import { moveToDevice, writeCluster } from './write-cluster.js';

/**
 * What batches of one cluster change in its projections, whether they were appended just now or are replayed. A batch
 * with a configuration may bring the cluster to another device, and is written alone: see `isWrittenAlone`.
 */
export class ProjectionChanges {
  private readonly tables: readonly TableChanges[] = [
    new ObjectChanges(),
    new RuleChanges(),
    new GrantChanges(),
    new AuditChanges(),
    new PinChanges(),
    new TenantChanges(),
  ];
  private readonly statuses = new StatusChanges();
  private configured = false;
  private position = 0;

  constructor(
    private readonly cluster: string,
    private readonly model: ClusterModel,
  ) {}

  /** Takes in the batch that the model has settled last. */
  take(batch: SettledBatch): void {
    for (const table of this.tables) table.take(batch);
    this.statuses.take(batch);
    this.configured = isWrittenAlone(batch);
    this.position = batch.position;
  }

  async write(transaction: EntityManager): Promise<void> {
    const { cluster, model, position } = this;
    const device = model.configuration?.deviceName ?? null;
    const target: Target = { transaction, cluster, device };
    for (const table of this.tables) await table.write(target);
    if (this.configured && device !== null) await moveToDevice(transaction, cluster, device);
    await writeCluster(transaction, cluster, model, position);
    await this.statuses.write(target);
  }
}

/** Whether a batch has to be written before the next one is taken in, and after those before it were written. */
export function isWrittenAlone({ events }: Pick<SettledBatch, 'events'>): boolean {
  return events.some(({ event }) => event.type === 'configuration-changed');
}
