import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { wholeNumber } from './whole-number.js';

/** A range of versions in which a device held a grant. Each end is an interval: the answer may have been lost for a while. */
@Entity('grant_hold')
@Index('grant_hold_open', ['device', 'tenant'], { where: 'to_version IS NULL' })
export class GrantHoldEntity {
  @PrimaryColumn({ name: 'grant_id', type: 'bigint', transformer: wholeNumber })
  grantId!: number;

  @PrimaryColumn({ name: 'from_version', type: 'integer' })
  fromVersion!: number;

  @Column({ type: 'text' })
  device!: string;

  @Column({ type: 'text' })
  tenant!: string;

  @Column({ name: 'from_earliest', type: 'timestamptz' })
  fromEarliest!: Date;

  @Column({ name: 'from_latest', type: 'timestamptz' })
  fromLatest!: Date;

  /** The first version without it. */
  @Column({ name: 'to_version', type: 'integer', nullable: true })
  toVersion!: number | null;

  @Column({ name: 'to_earliest', type: 'timestamptz', nullable: true })
  toEarliest!: Date | null;

  @Column({ name: 'to_latest', type: 'timestamptz', nullable: true })
  toLatest!: Date | null;
}
