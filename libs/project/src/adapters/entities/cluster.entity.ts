import { Column, Entity, PrimaryColumn } from 'typeorm';
import { wholeNumber } from './whole-number.js';

/** A cluster as far as the projection has come with it. */
@Entity('cluster')
export class ClusterEntity {
  @PrimaryColumn({ type: 'text' })
  name!: string;

  /** From the configuration; null before the first. */
  @Column({ type: 'text', nullable: true })
  device!: string | null;

  /** The ces-conf.yaml that is in force. */
  @Column({ name: 'configuration_text', type: 'text', nullable: true })
  configurationText!: string | null;

  /** SHA-256 (hex) of the text. */
  @Column({ name: 'configuration_digest', type: 'text', nullable: true })
  configurationDigest!: string | null;

  /** Where cluster rules find their external services. */
  @Column({ name: 'controller_namespace', type: 'text', nullable: true })
  controllerNamespace!: string | null;

  /** The scheme by which its rules were judged; see `domain/events.ts`. */
  @Column({ type: 'integer' })
  judgement!: number;

  /** Whether the first snapshot of every kind is in. */
  @Column({ type: 'boolean' })
  complete!: boolean;

  /** The position of its last event: a projector whose model stands elsewhere loads anew. */
  @Column({ type: 'bigint', transformer: wholeNumber })
  position!: number;

  /** Tenants that an earlier configuration named, with that configuration's text: they still have to be emptied. */
  @Column({ name: 'retired_tenants', type: 'jsonb' })
  retiredTenants!: Readonly<Record<string, string>>;

  /** When a replay took the place of what stood here: a projector that knows another moment loads its model anew. */
  @Column({ name: 'replayed_at', type: 'timestamptz', nullable: true })
  replayedAt!: Date | null;
}
