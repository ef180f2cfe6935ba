import { type EntityManager } from 'typeorm';
import { ClusterModel } from '../../domain/cluster-model.js';
import { type ClusterEvent } from '../../domain/events.js';
import { type DeviceEvent } from '../device-events.js';
import { projectDeviceEvent } from '../project-device-event.js';
import { type SettledBatch } from '../projection/batch.js';
import { isWrittenAlone, ProjectionChanges } from '../projection/projection-changes.js';
import { type StoredBatch } from './event-batches.js';

/**
 * Folds the log into projections by the code that made the live ones. What many batches of a cluster change is written
 * together; an event of a device finds everything before it written.
 */
export class ReplayFold {
  private readonly models = new Map<string, ClusterModel>();
  private readonly pending = new Map<string, ProjectionChanges>();

  /** Takes in batches, the next ones of the log, and writes what they change. */
  async take(transaction: EntityManager, batches: readonly StoredBatch[]): Promise<void> {
    for (const { cluster, device, events, ...place } of batches) {
      if (cluster !== null) {
        const model = this.model(cluster);
        const applied = events.map((event) => model.apply(event as ClusterEvent));
        await this.settled(transaction, cluster, { ...place, events: applied, effects: model.settle() });
      } else if (device !== null) {
        await this.write(transaction);
        for (const event of events) {
          await projectDeviceEvent({ transaction, device, ...place }, event as DeviceEvent);
        }
      } else throw new Error(`the events up to position ${place.position} are of no device and no cluster`);
    }
    await this.write(transaction);
  }

  private async settled(transaction: EntityManager, cluster: string, batch: SettledBatch): Promise<void> {
    const alone = isWrittenAlone(batch);
    if (alone) await this.write(transaction);
    const changes = this.pending.get(cluster) ?? new ProjectionChanges(cluster, this.model(cluster));
    this.pending.set(cluster, changes);
    changes.take(batch);
    if (alone) await this.write(transaction);
  }

  private async write(transaction: EntityManager): Promise<void> {
    for (const changes of this.pending.values()) await changes.write(transaction);
    this.pending.clear();
  }

  private model(cluster: string): ClusterModel {
    const model = this.models.get(cluster) ?? new ClusterModel();
    this.models.set(cluster, model);
    return model;
  }
}
