import { Column, Entity, PrimaryColumn } from 'typeorm';
import { type CommandActor } from '../../ports/commands.js';
import { type TakeoverFinding } from '../../ports/takeover.js';
import { wholeNumber } from './whole-number.js';

/** What a tenant's first declaration would mean, and who approved it; a row stays once there was any. */
@Entity('takeover')
export class TakeoverEntity {
  @PrimaryColumn({ type: 'text' })
  device!: string;

  @PrimaryColumn({ type: 'text' })
  tenant!: string;

  /** Of the finding. */
  @Column({ type: 'text' })
  digest!: string;

  @Column({ type: 'jsonb' })
  finding!: TakeoverFinding;

  /** Of the event that found it. */
  @Column({ type: 'bigint', transformer: wholeNumber })
  position!: number;

  @Column({ name: 'found_at', type: 'timestamptz' })
  foundAt!: Date;

  /** Of the finding that was approved last; null, as the two below, before any was. */
  @Column({ name: 'approved_digest', type: 'text', nullable: true })
  approvedDigest!: string | null;

  @Column({ name: 'approved_by', type: 'jsonb', nullable: true })
  approvedBy!: CommandActor | null;

  @Column({ name: 'approved_at', type: 'timestamptz', nullable: true })
  approvedAt!: Date | null;
}
