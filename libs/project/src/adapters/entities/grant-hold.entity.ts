import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/**
 * A range of versions in which a device held a prefix for a rule; there are several after a drift. Each end is an interval,
 * for the answer may have been lost for a while. Whose the prefix was at a moment, the grants of the rule say.
 */
@Entity('grant_hold')
@Index('grant_hold_open', ['device', 'tenant'], { where: 'to_version IS NULL' })
@Index('grant_hold_of_rule', ['cluster', 'ruleUid', 'prefix'], { where: 'to_version IS NULL' })
@Index('grant_hold_lookup', { synchronize: false })
export class GrantHoldEntity {
  @PrimaryColumn({ type: 'text' })
  device!: string;

  @PrimaryColumn({ type: 'text' })
  tenant!: string;

  @PrimaryColumn({ type: 'text' })
  cluster!: string;

  @PrimaryColumn({ name: 'rule_uid', type: 'text' })
  ruleUid!: string;

  @PrimaryColumn({ type: 'text' })
  prefix!: string;

  /** As Common writes it out; 0 in other tenants, whose addresses are all in their own route domain. */
  @PrimaryColumn({ name: 'route_domain', type: 'integer' })
  routeDomain!: number;

  @PrimaryColumn({ name: 'from_version', type: 'integer' })
  fromVersion!: number;

  /** Of several ranges in one version: another writer came in between. */
  @PrimaryColumn({ name: 'from_earliest', type: 'timestamptz' })
  fromEarliest!: Date;

  @Column({ name: 'from_latest', type: 'timestamptz' })
  fromLatest!: Date;

  /** The first version without it, or the one that the device ceased to hold as it was applied. */
  @Column({ name: 'to_version', type: 'integer', nullable: true })
  toVersion!: number | null;

  @Column({ name: 'to_earliest', type: 'timestamptz', nullable: true })
  toEarliest!: Date | null;

  @Column({ name: 'to_latest', type: 'timestamptz', nullable: true })
  toLatest!: Date | null;
}
