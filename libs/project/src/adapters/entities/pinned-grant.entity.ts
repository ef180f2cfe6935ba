import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { wholeNumber } from './whole-number.js';

/** One prefix that a pinned rule applies to, with the range in which it did. As `egress_grant` for the rules themselves. */
@Entity('pinned_grant')
@Index('pinned_grant_open', ['cluster', 'tenant', 'ruleUid', 'prefix', 'routeDomain'], {
  unique: true,
  where: 'to_position IS NULL',
})
@Index('pinned_grant_lookup', { synchronize: false })
export class PinnedGrantEntity {
  @PrimaryColumn({ type: 'text' })
  cluster!: string;

  @PrimaryColumn({ type: 'text' })
  tenant!: string;

  @PrimaryColumn({ name: 'rule_uid', type: 'text' })
  ruleUid!: string;

  @PrimaryColumn({ name: 'from_position', type: 'bigint', transformer: wholeNumber })
  fromPosition!: number;

  /** Canonical, without a route domain. */
  @PrimaryColumn({ type: 'text' })
  prefix!: string;

  @PrimaryColumn({ name: 'route_domain', type: 'integer' })
  routeDomain!: number;

  @Column({ type: 'text' })
  device!: string;

  /** The position at which the form was the desired one. */
  @Column({ name: 'form_position', type: 'bigint', transformer: wholeNumber })
  formPosition!: number;

  @Column({ type: 'text' })
  namespace!: string;

  /** Null for a namespace's CIDR and for an endpoint without a pod. */
  @Column({ name: 'pod_uid', type: 'text', nullable: true })
  podUid!: string | null;

  @Column({ name: 'pod_name', type: 'text', nullable: true })
  podName!: string | null;

  @Column({ name: 'from_time', type: 'timestamptz' })
  fromTime!: Date;

  @Column({ name: 'to_position', type: 'bigint', nullable: true, transformer: wholeNumber })
  toPosition!: number | null;

  @Column({ name: 'to_time', type: 'timestamptz', nullable: true })
  toTime!: Date | null;
}
