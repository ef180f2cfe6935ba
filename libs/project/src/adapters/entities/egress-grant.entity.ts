import { Column, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';
import { wholeNumber } from './whole-number.js';

/**
 * One prefix in one rule's source set, with the range of positions and times in which it was wanted. Ended ones stay as
 * history. Looked up by containment and time (`CAST(prefix AS inet) >>= address AND tstzrange(from_time, to_time) @> time`).
 */
@Entity('egress_grant')
@Index('egress_grant_open', ['cluster', 'ruleUid', 'prefix', 'routeDomain'], {
  unique: true,
  where: 'to_position IS NULL',
})
@Index('egress_grant_history', ['cluster', 'ruleUid', 'fromPosition', 'prefix', 'routeDomain'], { unique: true })
@Index('egress_grant_lookup', { synchronize: false })
export class EgressGrantEntity {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'BY DEFAULT' })
  id!: string;

  @Column({ type: 'text' })
  device!: string;

  @Column({ type: 'text' })
  cluster!: string;

  @Column({ name: 'rule_uid', type: 'text' })
  ruleUid!: string;

  /** Canonical, without a route domain. */
  @Column({ type: 'text' })
  prefix!: string;

  /** The route domain of its namespace's tenant, 0 where route domains are off. */
  @Column({ name: 'route_domain', type: 'integer' })
  routeDomain!: number;

  @Column({ type: 'text' })
  namespace!: string;

  /** Null for a namespace's CIDR and for an endpoint without a pod. */
  @Column({ name: 'pod_uid', type: 'text', nullable: true })
  podUid!: string | null;

  @Column({ name: 'pod_name', type: 'text', nullable: true })
  podName!: string | null;

  @Column({ name: 'from_position', type: 'bigint', transformer: wholeNumber })
  fromPosition!: number;

  @Column({ name: 'from_time', type: 'timestamptz' })
  fromTime!: Date;

  /** The first position at which it was no longer wanted. */
  @Column({ name: 'to_position', type: 'bigint', nullable: true, transformer: wholeNumber })
  toPosition!: number | null;

  @Column({ name: 'to_time', type: 'timestamptz', nullable: true })
  toTime!: Date | null;
}
