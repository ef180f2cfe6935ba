import { type ObjectKind } from '#core/kinds';
import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Where the projection stands for one kind of one cluster. There is none before the first snapshot. */
@Entity('checkpoint')
export class CheckpointEntity {
  @PrimaryColumn({ type: 'text' })
  cluster!: string;

  @PrimaryColumn({ type: 'text' })
  kind!: ObjectKind;

  @Column({ name: 'resource_version', type: 'text' })
  resourceVersion!: string;

  /** A batch is missing: nothing of the kind is taken before the next snapshot. */
  @Column({ type: 'boolean' })
  gap!: boolean;

  /** How often versions of the kind ran backwards. */
  @Column({ type: 'integer' })
  incarnation!: number;

  /** The snapshot that was applied last: when it comes again, it is nothing new. */
  @Column({ name: 'snapshot_id', type: 'text' })
  snapshotId!: string;

  /** When the watcher saw what moved the checkpoint last. */
  @Column({ name: 'observed_at', type: 'timestamptz' })
  observedAt!: Date;
}
