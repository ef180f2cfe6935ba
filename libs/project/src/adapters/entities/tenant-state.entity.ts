import { Column, Entity, PrimaryColumn } from 'typeorm';
import { wholeNumber } from './whole-number.js';

/** The outbox: a tenant has work while `wanted`, or a resync, lies beyond `applied`. */
@Entity('tenant_state')
export class TenantStateEntity {
  @PrimaryColumn({ type: 'text' })
  device!: string;

  @PrimaryColumn({ type: 'text' })
  tenant!: string;

  /** The last position that changed what the tenant should hold. */
  @Column({ type: 'bigint', transformer: wholeNumber })
  wanted!: number;

  /** The position up to which the device was brought; 0 before the first declaration. */
  @Column({ type: 'bigint', transformer: wholeNumber })
  applied!: number;

  /** Of the last request for a resync. */
  @Column({ name: 'resync_position', type: 'bigint', nullable: true, transformer: wholeNumber })
  resyncPosition!: number | null;

  /** When the oldest change was seen that the device does not have yet; null when it has all. */
  @Column({ name: 'pending_since', type: 'timestamptz', nullable: true })
  pendingSince!: Date | null;

  /** The version that the device holds. */
  @Column({ type: 'integer', nullable: true })
  version!: number | null;

  /** The last version that held the desired rules: what a tenant falls back to. */
  @Column({ name: 'good_version', type: 'integer', nullable: true })
  goodVersion!: number | null;

  /** The last version that held all that was desired: where rules stood before they left for another tenant. */
  @Column({ name: 'settled_version', type: 'integer', nullable: true })
  settledVersion!: number | null;

  @Column({ name: 'last_outcome', type: 'text', nullable: true })
  lastOutcome!: string | null;

  @Column({ name: 'last_reason', type: 'text', nullable: true })
  lastReason!: string | null;

  @Column({ name: 'last_message', type: 'text', nullable: true })
  lastMessage!: string | null;

  @Column({ name: 'last_at', type: 'timestamptz', nullable: true })
  lastAt!: Date | null;
}
