import { type JsonObject } from '#core/json';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { wholeNumber } from './whole-number.js';

/** The event log. Rows are only ever appended, by one writer at a time, so that the order of positions is that of commits. */
@Entity('event')
@Index('event_identity', ['eventId'], { unique: true })
@Index('event_of_object', ['uid', 'position'])
export class EventEntity {
  @PrimaryColumn({ type: 'bigint', transformer: wholeNumber })
  position!: number;

  /** Derived from what the event is about (promise 3): the same fact cannot be recorded twice. */
  @Column({ name: 'event_id', type: 'uuid' })
  eventId!: string;

  /** The position of the last event of the same transaction: the projections were brought up to date there. */
  @Column({ type: 'bigint', transformer: wholeNumber })
  batch!: number;

  @Column({ type: 'text', nullable: true })
  device!: string | null;

  @Column({ type: 'text', nullable: true })
  cluster!: string | null;

  /** See `domain/events.ts`. */
  @Column({ type: 'text' })
  type!: string;

  @Column({ type: 'text', nullable: true })
  kind!: string | null;

  @Column({ type: 'text', nullable: true })
  uid!: string | null;

  @Column({ name: 'resource_version', type: 'text', nullable: true })
  resourceVersion!: string | null;

  @Column({ type: 'jsonb' })
  data!: JsonObject;

  /** When the watcher saw it, or the command was given. */
  @Column({ name: 'observed_at', type: 'timestamptz' })
  observedAt!: Date;

  @Column({ name: 'recorded_at', type: 'timestamptz' })
  recordedAt!: Date;
}
