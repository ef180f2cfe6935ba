import { type JsonObject, type JsonValue } from '#core/json';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { wholeNumber } from './whole-number.js';

/** What somebody changed: one entry for each event that changes the policy, a namespace or the configuration, or asks for something. */
@Entity('audit_entry')
@Index('audit_entry_of_namespace', ['namespace', 'position'])
@Index('audit_entry_of_object', ['cluster', 'kind', 'namespace', 'name', 'position'])
export class AuditEntryEntity {
  /** Of the event. */
  @PrimaryColumn({ type: 'bigint', transformer: wholeNumber })
  position!: number;

  @Column({ type: 'text', nullable: true })
  device!: string | null;

  @Column({ type: 'text', nullable: true })
  cluster!: string | null;

  /** An object kind, `Configuration` or `Tenant`. */
  @Column({ type: 'text' })
  kind!: string;

  @Column({ type: 'text', nullable: true })
  uid!: string | null;

  @Column({ type: 'text' })
  namespace!: string;

  @Column({ type: 'text' })
  name!: string;

  /** created, changed, deleted, or the command. */
  @Column({ type: 'text' })
  action!: string;

  @Column({ type: 'jsonb', nullable: true })
  before!: JsonValue;

  @Column({ type: 'jsonb', nullable: true })
  after!: JsonValue;

  /** The field manager that wrote last: a tool's name chosen by the client, a hint and no proof. */
  @Column({ type: 'text', nullable: true })
  manager!: string | null;

  /** Who gave the command, where it is one. */
  @Column({ type: 'jsonb', nullable: true })
  actor!: JsonObject | null;

  @Column({ name: 'observed_at', type: 'timestamptz' })
  observedAt!: Date;

  @Column({ name: 'recorded_at', type: 'timestamptz' })
  recordedAt!: Date;
}
