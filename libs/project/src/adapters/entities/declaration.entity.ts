import { type DesiredRule } from '#core/desired';
import { type JsonObject } from '#core/json';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** What was, or would have been, declared with an attempt. */
@Entity('declaration')
@Index('declaration_whole', ['device', 'tenant', 'version'], { where: 'rule_ids IS NULL' })
export class DeclarationEntity {
  @PrimaryColumn({ type: 'text' })
  device!: string;

  @PrimaryColumn({ type: 'text' })
  tenant!: string;

  @PrimaryColumn({ type: 'integer' })
  version!: number;

  /** Null once it is thinned. */
  @Column({ type: 'jsonb', nullable: true })
  rules!: readonly DesiredRule[] | null;

  /** The tenant's body as AS3, without lock key and label. Null once it is thinned. */
  @Column({ type: 'jsonb', nullable: true })
  body!: JsonObject | null;

  /** Of a thinned declaration its rules, in their order. */
  @Column({ name: 'rule_ids', type: 'bigint', array: true, nullable: true })
  ruleIds!: readonly string[] | null;
}
