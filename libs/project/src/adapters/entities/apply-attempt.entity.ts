import { Column, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';
import { type HeldBackRule, type Purpose, type TakenPart } from '../../ports/apply-log.js';
import { wholeNumber } from './whole-number.js';

/** Every attempt to declare a tenant, written down before anything is sent. Each has a version of its own. */
@Entity('apply_attempt')
@Index('apply_attempt_version', ['device', 'tenant', 'version'], { unique: true })
@Index('apply_attempt_open', ['device'], { where: 'outcome IS NULL' })
export class ApplyAttemptEntity {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'BY DEFAULT' })
  id!: string;

  @Column({ type: 'text' })
  device!: string;

  @Column({ type: 'text' })
  tenant!: string;

  @Column({ type: 'integer' })
  version!: number;

  @Column({ type: 'text' })
  purpose!: Purpose;

  @Column({ type: 'bigint', transformer: wholeNumber })
  position!: number;

  @Column({ type: 'text' })
  digest!: string;

  @Column({ name: 'rule_count', type: 'integer' })
  ruleCount!: number;

  @Column({ type: 'bigint', transformer: wholeNumber })
  epoch!: number;

  @Column({ type: 'text', nullable: true })
  task!: string | null;

  @Column({ name: 'begun_at', type: 'timestamptz' })
  begunAt!: Date;

  @Column({ name: 'concluded_at', type: 'timestamptz', nullable: true })
  concludedAt!: Date | null;

  /** Null while the outcome is not known. */
  @Column({ type: 'text', nullable: true })
  outcome!: 'applied' | 'refused' | null;

  @Column({ type: 'text', nullable: true })
  reason!: string | null;

  @Column({ type: 'text', nullable: true })
  message!: string | null;

  @Column({ type: 'boolean', nullable: true })
  permanent!: boolean | null;

  /** Null unless the device took some of what it refused. */
  @Column({ type: 'text', nullable: true })
  taken!: TakenPart | null;

  @Column({ name: 'effective_from', type: 'timestamptz', nullable: true })
  effectiveFrom!: Date | null;

  @Column({ name: 'effective_to', type: 'timestamptz', nullable: true })
  effectiveTo!: Date | null;

  @Column({ name: 'held_back', type: 'jsonb', nullable: true })
  heldBack!: readonly HeldBackRule[] | null;
}
