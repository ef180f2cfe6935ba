import { type JsonValue } from '#core/json';
import { type ObjectKind } from '#core/kinds';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import { wholeNumber } from './whole-number.js';

/** The objects that exist in a cluster now, pruned as the watcher sends them. */
@Entity('cluster_object')
export class ClusterObjectEntity {
  @PrimaryColumn({ type: 'text' })
  cluster!: string;

  @PrimaryColumn({ type: 'text' })
  kind!: ObjectKind;

  @PrimaryColumn({ type: 'text' })
  uid!: string;

  @Column({ type: 'text' })
  namespace!: string;

  @Column({ type: 'text' })
  name!: string;

  @Column({ name: 'resource_version', type: 'text' })
  resourceVersion!: string;

  @Column({ type: 'integer' })
  generation!: number;

  /** RFC 3339, kept to the letter: it takes part in the order of rules. */
  @Column({ name: 'created_at', type: 'text', nullable: true })
  createdAt!: string | null;

  @Column({ type: 'text', nullable: true })
  manager!: string | null;

  @Column({ type: 'jsonb' })
  content!: JsonValue;

  /** The position of the batch that changed it last. */
  @Column({ type: 'bigint', transformer: wholeNumber })
  position!: number;
}
