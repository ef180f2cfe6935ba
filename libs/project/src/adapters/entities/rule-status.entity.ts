import { type RuleKind } from '#core/kinds';
import { type Programming, type RuleFacts, type RuleStatus } from '#core/status';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { wholeNumber } from './whole-number.js';

/** The status that each rule should have in Kubernetes, and the one that was written there last. */
@Entity('rule_status')
@Index('rule_status_pending', ['cluster', 'decidedAt'], { where: 'digest IS DISTINCT FROM written_digest' })
@Index('rule_status_of_tenant', ['device', 'tenant'])
export class RuleStatusEntity {
  @PrimaryColumn({ type: 'text' })
  cluster!: string;

  @PrimaryColumn({ type: 'text' })
  uid!: string;

  @Column({ type: 'text' })
  device!: string;

  @Column({ type: 'text' })
  kind!: RuleKind;

  @Column({ type: 'text' })
  namespace!: string;

  @Column({ type: 'text' })
  name!: string;

  @Column({ type: 'text', nullable: true })
  tenant!: string | null;

  @Column({ type: 'jsonb' })
  facts!: Omit<RuleFacts, 'programming'>;

  @Column({ type: 'jsonb' })
  programming!: Programming;

  /** As in the rule. */
  @Column({ name: 'changed_position', type: 'bigint', transformer: wholeNumber })
  changedPosition!: number;

  @Column({ type: 'jsonb' })
  status!: RuleStatus;

  /** SHA-256 (hex) of the status. */
  @Column({ type: 'text' })
  digest!: string;

  @Column({ name: 'decided_at', type: 'timestamptz' })
  decidedAt!: Date;

  @Column({ type: 'jsonb', nullable: true })
  written!: RuleStatus | null;

  @Column({ name: 'written_digest', type: 'text', nullable: true })
  writtenDigest!: string | null;
}
