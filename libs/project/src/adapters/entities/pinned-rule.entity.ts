import { type AcceptedRule } from '#core/desired';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import { wholeNumber } from './whole-number.js';

/** A rule in the form of the version that its tenant is pinned to. */
@Entity('pinned_rule')
export class PinnedRuleEntity {
  @PrimaryColumn({ type: 'text' })
  cluster!: string;

  @PrimaryColumn({ type: 'text' })
  tenant!: string;

  @PrimaryColumn({ type: 'text' })
  uid!: string;

  @Column({ type: 'jsonb' })
  accepted!: AcceptedRule;

  /** The position at which this form was the desired one. */
  @Column({ name: 'form_position', type: 'bigint', transformer: wholeNumber })
  formPosition!: number;

  /** The external services that were declared of the rule itself when it was pinned; null when it was not there then. */
  @Column({ type: 'jsonb', nullable: true })
  standing!: readonly string[] | null;
}
