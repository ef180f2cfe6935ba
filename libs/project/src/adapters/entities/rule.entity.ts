import { type AcceptedRule } from '#core/desired';
import { type RuleKind } from '#core/kinds';
import { type Problem } from '#core/problem';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { type RuleMemory } from '../../domain/accept-rule.js';
import { wholeNumber } from './whole-number.js';

/** Every rule of a cluster that is complete, in the form that was accepted last. */
@Entity('rule')
@Index('rule_of_tenant', ['device', 'tenant'])
export class RuleEntity {
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

  /** Null when nothing of it is declared anywhere. */
  @Column({ type: 'text', nullable: true })
  tenant!: string | null;

  @Column({ type: 'jsonb', nullable: true })
  accepted!: AcceptedRule | null;

  /** What a denial falls back to; null for a permission. */
  @Column({ type: 'jsonb', nullable: true })
  memory!: RuleMemory | null;

  /** Whether at least one of its external services is declared as the rule stands now. */
  @Column({ type: 'boolean' })
  understood!: boolean;

  @Column({ name: 'form_problems', type: 'jsonb' })
  formProblems!: readonly Problem[];

  @Column({ name: 'source_problems', type: 'jsonb' })
  sourceProblems!: readonly Problem[];

  /** The position at which its accepted form or its addresses changed last. */
  @Column({ name: 'changed_position', type: 'bigint', transformer: wholeNumber })
  changedPosition!: number;
}
