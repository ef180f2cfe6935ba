import { Column, Entity, PrimaryColumn } from 'typeorm';
import { type CommandActor } from '../../ports/commands.js';
import { wholeNumber } from './whole-number.js';

/** A tenant that is held at the rules of an earlier version until it is released. */
@Entity('tenant_pin')
export class TenantPinEntity {
  @PrimaryColumn({ type: 'text' })
  device!: string;

  @PrimaryColumn({ type: 'text' })
  tenant!: string;

  @Column({ type: 'integer' })
  version!: number;

  /** Of the command. */
  @Column({ type: 'bigint', transformer: wholeNumber })
  position!: number;

  @Column({ type: 'timestamptz' })
  since!: Date;

  @Column({ type: 'jsonb' })
  actor!: CommandActor;

  @Column({ type: 'text' })
  reason!: string;
}
