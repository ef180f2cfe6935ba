import { type DesiredRule } from '#core/desired';
import { type JsonObject } from '#core/json';
import { Column, Entity, PrimaryColumn } from 'typeorm';

/** What was, or would have been, declared with an attempt. */
@Entity('declaration')
export class DeclarationEntity {
  @PrimaryColumn({ type: 'text' })
  device!: string;

  @PrimaryColumn({ type: 'text' })
  tenant!: string;

  @PrimaryColumn({ type: 'integer' })
  version!: number;

  @Column({ type: 'jsonb' })
  rules!: readonly DesiredRule[];

  /** The tenant's body as AS3, without lock key and label. */
  @Column({ type: 'jsonb' })
  body!: JsonObject;
}
