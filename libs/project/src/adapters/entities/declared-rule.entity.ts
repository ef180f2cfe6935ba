import { type DesiredRule } from '#core/desired';
import { Column, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';

/** A rule as it stands in one or many thinned declarations. */
@Entity('declared_rule')
@Index('declared_rule_digest', ['digest'], { unique: true })
export class DeclaredRuleEntity {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'BY DEFAULT' })
  id!: string;

  /** SHA-256 of the rule's text. */
  @Column({ type: 'bytea' })
  digest!: Buffer;

  @Column({ type: 'jsonb' })
  rule!: DesiredRule;
}
