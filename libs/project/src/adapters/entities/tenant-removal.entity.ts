import { Column, Entity, PrimaryColumn } from 'typeorm';
import { type CommandActor } from '../../ports/commands.js';
import { type RemovalSummary } from '../../ports/queries.js';
import { type RemovalFinding } from '../../ports/removal.js';
import { wholeNumber } from './whole-number.js';

/** The last request to remove a tenant, or to look whether it could be; a row stays once there was any. */
@Entity('tenant_removal')
export class TenantRemovalEntity {
  @PrimaryColumn({ type: 'text' })
  device!: string;

  @PrimaryColumn({ type: 'text' })
  tenant!: string;

  /** Of the request in the log. */
  @Column({ type: 'bigint', transformer: wholeNumber })
  position!: number;

  @Column({ name: 'dry_run', type: 'boolean' })
  dryRun!: boolean;

  /** In the words of who asked; null for a dry run. */
  @Column({ type: 'text', nullable: true })
  reason!: string | null;

  @Column({ type: 'jsonb' })
  actor!: CommandActor;

  @Column({ name: 'asked_at', type: 'timestamptz' })
  askedAt!: Date;

  @Column({ type: 'text' })
  state!: RemovalSummary['state'];

  /** Null while nobody has looked, and of a tenant that was removed. */
  @Column({ type: 'jsonb', nullable: true })
  finding!: RemovalFinding | null;

  @Column({ name: 'ended_at', type: 'timestamptz', nullable: true })
  endedAt!: Date | null;
}
