import { Column, Entity, PrimaryColumn } from 'typeorm';
import { wholeNumber } from './whole-number.js';

/** How a tenant stands with drift; a row stays once there was any. */
@Entity('tenant_drift')
export class TenantDriftEntity {
  @PrimaryColumn({ type: 'text' })
  device!: string;

  @PrimaryColumn({ type: 'text' })
  tenant!: string;

  /** What is done about it; null, as the three below, while the device holds what was applied. */
  @Column({ type: 'text', nullable: true })
  action!: string | null;

  /** When it was noticed first. */
  @Column({ type: 'timestamptz', nullable: true })
  since!: Date | null;

  /** Of the latest finding, whose audit entry has the exact difference. */
  @Column({ type: 'bigint', transformer: wholeNumber })
  position!: number;

  @Column({ type: 'text', nullable: true })
  message!: string | null;

  /** Rules of policies stand in another order, which AS3 does not see. */
  @Column({ type: 'boolean' })
  reordered!: boolean;

  /** SHA-256 (hex) of what differs. */
  @Column({ type: 'text', nullable: true })
  digest!: string | null;

  /** How many repairs were begun in a row. */
  @Column({ type: 'integer' })
  repairs!: number;

  @Column({ name: 'repaired_at', type: 'timestamptz', nullable: true })
  repairedAt!: Date | null;

  /** When the latest finding was recorded. */
  @Column({ name: 'seen_at', type: 'timestamptz' })
  seenAt!: Date;
}
