import { Column, Entity, PrimaryColumn } from 'typeorm';
import { wholeNumber } from './whole-number.js';

/** Rules that the device refuses and that are held out of their tenant's declarations. */
@Entity('quarantine')
export class QuarantineEntity {
  @PrimaryColumn({ type: 'text' })
  device!: string;

  @PrimaryColumn({ type: 'text' })
  tenant!: string;

  @PrimaryColumn({ type: 'text' })
  cluster!: string;

  @PrimaryColumn({ name: 'rule_uid', type: 'text' })
  ruleUid!: string;

  /** SHA-256 (hex) of what was refused: the rule's definition, with what it refers to. */
  @Column({ type: 'text' })
  definition!: string;

  @Column({ type: 'text' })
  reason!: string;

  /** In the device's words. */
  @Column({ type: 'text' })
  message!: string;

  @Column({ type: 'timestamptz' })
  since!: Date;

  /** How often it was refused. */
  @Column({ type: 'integer' })
  tries!: number;

  /** From then on it is tried again, though nothing changed. */
  @Column({ name: 'retry_at', type: 'timestamptz' })
  retryAt!: Date;

  /** The attempt that was refused; null where a dry run told. */
  @Column({ type: 'bigint', nullable: true, transformer: wholeNumber })
  attempt!: number | null;
}
