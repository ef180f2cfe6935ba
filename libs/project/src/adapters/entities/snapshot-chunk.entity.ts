import { type ObjectKind } from '#core/kinds';
import { type ClusterObject } from '#core/objects';
import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A part of a snapshot that is not complete yet. Of each cluster and kind there is one snapshot at most. */
@Entity('snapshot_chunk')
export class SnapshotChunkEntity {
  @PrimaryColumn({ type: 'text' })
  cluster!: string;

  @PrimaryColumn({ type: 'text' })
  kind!: ObjectKind;

  @PrimaryColumn({ name: 'snapshot_id', type: 'text' })
  snapshotId!: string;

  @PrimaryColumn({ type: 'integer' })
  index!: number;

  @Column({ type: 'boolean' })
  last!: boolean;

  @Column({ name: 'resource_version', type: 'text' })
  resourceVersion!: string;

  @Column({ type: 'boolean' })
  authoritative!: boolean;

  @Column({ name: 'observed_at', type: 'timestamptz' })
  observedAt!: Date;

  @Column({ type: 'jsonb' })
  objects!: readonly ClusterObject[];
}
